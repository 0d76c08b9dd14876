//! Recovery codes, for owners without their authenticator app. Each works once.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

use crate::domain::kernel::ports::Random;

/// Number of codes of an account.
pub const RECOVERY_CODES: usize = 10;

/// [Crockford's base32](https://www.crockford.com/base32.html), which has no characters that are easily confused.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a code.
const LENGTH: usize = 24;

/// Characters of a group.
const GROUP: usize = 4;

/// 120 random bits, returned once. Never logged or stored: the database has [`RecoveryCode::hash`].
pub struct RecoveryCode(SecretBox<[u8; 15]>);

/// The text is not a recovery code; the text itself is not part of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a recovery code")]
pub struct MalformedRecoveryCode;

impl RecoveryCode {
    /// New codes for an account.
    pub fn batch(random: &dyn Random) -> [Self; RECOVERY_CODES] {
        std::array::from_fn(|_| {
            let mut code = [0; 15];
            code.copy_from_slice(&random.secret()[..15]);
            Self(SecretBox::new(Box::new(code)))
        })
    }

    /// SHA-256 for the database. (A slow hash is not needed: 120 random bits cannot be guessed.)
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.expose_secret()).into()
    }

    /// Text for the owner: six groups of four characters, like `4F7K-90TX-…`.
    pub fn expose(&self) -> SecretString {
        let bits = self.0.expose_secret().iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        for place in 0..LENGTH {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            let letter = (bits >> (5 * (LENGTH - 1 - place))) & 31;
            text.push(char::from(LETTERS[letter as usize]));
        }
        text.into()
    }
}

/// Parses a typed code: ignores hyphens, spaces and case, and accepts similar characters for each other.
impl FromStr for RecoveryCode {
    type Err = MalformedRecoveryCode;

    fn from_str(text: &str) -> Result<Self, MalformedRecoveryCode> {
        let (mut bits, mut length) = (0_u128, 0);
        for letter in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                letter => letter,
            };
            let value = LETTERS.iter().position(|known| char::from(*known) == letter);
            bits = bits << 5 | value.ok_or(MalformedRecoveryCode)? as u128;
            length += 1;
            if length > LENGTH {
                return Err(MalformedRecoveryCode);
            }
        }
        if length < LENGTH {
            return Err(MalformedRecoveryCode);
        }
        let mut code = [0; 15];
        code.copy_from_slice(&bits.to_be_bytes()[1..]);
        Ok(Self(SecretBox::new(Box::new(code))))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Another draw each time.
    #[derive(Default)]
    struct Counter(std::sync::atomic::AtomicU8);

    impl Random for Counter {
        fn secret(&self) -> [u8; 32] {
            [self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed); 32]
        }

        fn id(&self, _now: chrono::DateTime<chrono::Utc>) -> uuid::Uuid {
            uuid::Uuid::nil()
        }
    }

    fn code(bytes: [u8; 15]) -> RecoveryCode {
        RecoveryCode(SecretBox::new(Box::new(bytes)))
    }

    #[test]
    fn a_code_is_six_groups_of_four_letters() {
        let text = |bytes| code(bytes).expose().expose_secret().to_owned();
        assert_eq!(text([0; 15]), "0000-0000-0000-0000-0000-0000");
        assert_eq!(text([255; 15]), "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        assert_eq!(text(*b"Bodega fifteen."), "89QP-8SB7-C4G6-CTB6-EHJP-AVHE");
    }

    #[test]
    fn what_people_type_is_understood() {
        let hash = code(*b"Bodega fifteen.").hash();
        for typed in
            ["89QP-8SB7-C4G6-CTB6-EHJP-AVHE", "89qp8sb7c4g6ctb6ehjpavhe", " 89qp 8sb7 c4g6-ctb6-ehjp-avhe\n"]
        {
            assert_eq!(typed.parse::<RecoveryCode>().unwrap().hash(), hash, "{typed}");
        }
        let hash = |text: &str| text.parse::<RecoveryCode>().unwrap().hash();
        assert_eq!(hash("OOOO-oooo-0000-0000-0000-IiLl"), hash("0000-0000-0000-0000-0000-1111"));
    }

    #[test]
    fn anything_else_is_no_code() {
        let long = "0".repeat(100_000);
        for text in [
            "",
            "89QP-8SB7-C4G6-CTB6-EHJP-AVH",
            "89QP-8SB7-C4G6-CTB6-EHJP-AVHE0",
            "89QP_8SB7-C4G6-CTB6-EHJP-AVHE",
            "UUUU-UUUU-UUUU-UUUU-UUUU-UUUU",
            &long,
        ] {
            assert_eq!(text.parse::<RecoveryCode>().unwrap_err(), MalformedRecoveryCode, "{text:.30}");
        }
    }

    #[test]
    fn a_batch_is_ten_different_codes_that_hide_themselves() {
        let codes = RecoveryCode::batch(&Counter::default());
        let hashes: HashSet<_> = codes.iter().map(RecoveryCode::hash).collect();
        assert_eq!(hashes.len(), 10);
        assert_eq!(format!("{:?}", codes[0]), "RecoveryCode(hidden)");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: [u8; 15]) {
            let code = code(bytes);
            let read: RecoveryCode = code.expose().expose_secret().parse().unwrap();
            prop_assert_eq!(read.hash(), code.hash());
        }
    }
}
