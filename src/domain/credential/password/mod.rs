//! Passwords, stored as argon2id hashes with the parameters of OWASP's [Password Storage Cheat
//! Sheet](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html): 19 MiB of memory, two
//! passes, one lane.
//!
//! A hash costs about 12 ms of one core, so it runs on a blocking thread, as many at once as there are cores; further
//! ones wait without holding memory. The rules for new passwords follow [NIST SP 800-63B,
//! 3.1.1](https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver): long enough, hard to guess, any characters.
//! Passwords are normalised to NFKC first, so that different keyboards and systems give the same password.

mod strength;

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::domain::kernel::{
    fault::Fault,
    text::{FieldProblem, InvalidField},
};

/// Memory in KiB.
const MEMORY_KIB: u32 = 19 * 1024;

/// Passes over the memory.
const PASSES: u32 = 2;

/// Parallel lanes.
const LANES: u32 = 1;

/// Hash of no password, with the current parameters, for logins with unknown addresses, which then take as long as
/// others.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Ym9kZWdhLW5vYm9keS4uLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Maximum number of characters before NFKC.
const MAX_TYPED_CHARS: usize = 1_024;

/// Reason why a new password is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("The password must have at least {} characters.", Passwords::MIN_CHARS)]
    TooShort,
    #[error("The password must have at most {} characters.", Passwords::MAX_CHARS)]
    TooLong,
    #[error("The password is too easy to guess. {suggestion}")]
    TooWeak {
        /// A sentence with a suggestion. Contains nothing of the password.
        suggestion: String,
    },
}

/// Result of a password check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Check {
    /// Wrong password, or no account.
    Wrong,
    Right,
    /// Correct password, whose hash has outdated parameters.
    RightButOutdated,
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
}

impl PasswordError {
    fn in_field(self, field: &'static str) -> InvalidField {
        let problem = match &self {
            Self::TooShort => FieldProblem::TooShort,
            Self::TooLong => FieldProblem::TooLong,
            Self::TooWeak { .. } => FieldProblem::TooWeak,
        };
        InvalidField::new(field, problem, self.to_string())
    }
}

impl Passwords {
    /// Minimum number of characters, after NFKC, of a new password (NIST SP 800-63B, 3.1.1.2).
    pub const MIN_CHARS: usize = 8;
    /// Maximum number of characters, after NFKC, of a new password.
    pub const MAX_CHARS: usize = 256;

    /// Hashes at most `parallel` passwords at once.
    pub fn new(parallel: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(parallel)) }
    }

    /// Checks a new password. `context` has texts that attackers try first, like the owner's email address and name,
    /// and the shop's name.
    pub async fn check_choice(
        &self,
        field: &'static str,
        password: &SecretString,
        context: Vec<String>,
    ) -> Result<Result<(), InvalidField>, Fault> {
        let password = password.clone();
        self.run(move || {
            let password = normalised(&password)?;
            if password.expose_secret().chars().count() < Self::MIN_CHARS {
                return Err(PasswordError::TooShort);
            }
            strength::check(password.expose_secret(), &context)
        })
        .await
        .map(|checked| checked.map_err(|error| error.in_field(field)))
    }

    /// Hash of a new password, in PHC string form. `secret` provides the salt.
    pub async fn hash(&self, password: SecretString, secret: [u8; 32]) -> Result<String, Fault> {
        self.run(move || {
            let password = normalised(&password).map_err(Fault::internal)?;
            argon2()
                .and_then(|argon2| {
                    argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &secret[..16])
                })
                .map(|hash: PasswordHash| hash.to_string())
                .map_err(|error| Fault::internal(error.to_string()))
        })
        .await?
    }

    /// Whether this is the password of an account's hash.
    pub(in crate::domain) async fn fits(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, Fault> {
        Ok(self.check(password, hash).await? != Check::Wrong)
    }

    /// Compares a password with an account's hash. Without a hash it takes as long, and the result is no. Passwords
    /// above the maximum length are rejected at once, with and without a hash.
    pub(in crate::domain) async fn check(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<Check, Fault> {
        if is_typed_too_long(&password) {
            return Ok(Check::Wrong);
        }
        self.run(move || {
            let Ok(password) = normalised(&password) else { return Check::Wrong };
            let parsed = hash.as_deref().and_then(|hash| PasswordHash::new(hash).ok());
            let known = parsed.is_some();
            let Some(hash) = parsed.or_else(|| PasswordHash::new(NOBODY).ok()) else { return Check::Wrong };
            let Ok(argon2) = argon2() else { return Check::Wrong };
            match argon2.verify_password(password.expose_secret().as_bytes(), &hash) {
                Ok(()) if known && is_current(&hash) => Check::Right,
                Ok(()) if known => Check::RightButOutdated,
                _ => Check::Wrong,
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let permit = self.permits.clone().acquire_owned().await.map_err(Fault::internal)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(Fault::internal)
    }
}

/// The normalised password, for measuring, hashing and comparing. (NIST allows NFKC and NFKD.)
fn normalised(password: &SecretString) -> Result<SecretString, PasswordError> {
    if is_typed_too_long(password) {
        return Err(PasswordError::TooLong);
    }
    let password: SecretString = password.expose_secret().nfkc().collect::<String>().into();
    match password.expose_secret().chars().nth(Passwords::MAX_CHARS) {
        Some(_) => Err(PasswordError::TooLong),
        None => Ok(password),
    }
}

fn is_typed_too_long(password: &SecretString) -> bool {
    password.expose_secret().chars().nth(MAX_TYPED_CHARS).is_some()
}

fn params() -> argon2::Result<Params> {
    Params::new(MEMORY_KIB, PASSES, LANES, None)
}

fn argon2() -> argon2::password_hash::Result<Argon2<'static>> {
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params()?))
}

fn is_current(hash: &PasswordHash) -> bool {
    let now = params().ok();
    now.is_some()
        && Params::try_from(hash).ok().map(|p| (p.m_cost(), p.t_cost(), p.p_cost()))
            == now.map(|p| (p.m_cost(), p.t_cost(), p.p_cost()))
        && hash.algorithm.as_str() == "argon2id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_its_hash() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("correct-horse".into(), [7; 32]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.check("correct-horse".into(), Some(hash.clone())).await.unwrap(), Check::Right);
        assert_eq!(passwords.check("Correct-horse".into(), Some(hash)).await.unwrap(), Check::Wrong);
        assert_eq!(passwords.check("correct-horse".into(), None).await.unwrap(), Check::Wrong);
        assert_eq!(passwords.check("x".into(), Some("not a hash".into())).await.unwrap(), Check::Wrong);
    }

    #[tokio::test]
    async fn a_hash_with_other_parameters_is_outdated() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(1024, 1, 1, None).unwrap())
            .hash_password_with_salt(b"correct-horse", &[7; 16])
            .unwrap()
            .to_string();
        let check = Passwords::new(1).check("correct-horse".into(), Some(weak)).await.unwrap();
        assert_eq!(check, Check::RightButOutdated);
    }

    /// Otherwise a login for an unknown address would take another time than one for a known address.
    #[test]
    fn nobodys_hash_costs_as_much_as_a_real_one() {
        assert!(is_current(&PasswordHash::new(NOBODY).unwrap()));
    }

    async fn choice(password: &str) -> Result<(), FieldProblem> {
        Passwords::new(1)
            .check_choice("password", &password.into(), Vec::new())
            .await
            .unwrap()
            .map_err(|invalid| invalid.problem)
    }

    #[tokio::test]
    async fn the_length_of_a_chosen_password_is_bounded() {
        let letters = "xkqvzjwpyt".repeat(30);
        assert_eq!(choice(&letters[..7]).await, Err(FieldProblem::TooShort));
        let long_enough = choice(&letters[..8]).await;
        assert!(matches!(long_enough, Err(FieldProblem::TooWeak)), "{long_enough:?}");
        assert_eq!((choice(&letters[..9]).await, choice(&letters[..256]).await), (Ok(()), Ok(())));
        assert_eq!(choice(&letters[..257]).await, Err(FieldProblem::TooLong));
    }

    /// One ligature stands for 18 letters, and two marks compose to none.
    #[tokio::test]
    async fn the_length_is_that_of_the_normal_form() {
        assert_eq!(choice(&"\u{fdfa}".repeat(15)).await, Err(FieldProblem::TooLong));
        assert_eq!(choice("xe\u{301}qo\u{308}vu\u{308}z").await, Err(FieldProblem::TooShort));
    }

    #[tokio::test]
    async fn the_same_letters_fit_however_they_are_composed() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("Ångstro\u{308}m ﬁle".into(), [7; 32]).await.unwrap();
        for typed in ["Ångstr\u{f6}m file", "A\u{30a}ngstro\u{308}m ﬁle"] {
            let check = passwords.check(typed.into(), Some(hash.clone())).await.unwrap();
            assert_eq!(check, Check::Right, "{typed}");
        }
        let other = passwords.check("Angstrom file".into(), Some(hash)).await.unwrap();
        assert_eq!(other, Check::Wrong);
    }

    /// Neither a hash nor a place is spent on what cannot be right.
    #[tokio::test]
    async fn a_password_of_absurd_length_is_wrong_without_a_hash() {
        let nobody_works = Passwords::new(0);
        for hash in [None, Some(NOBODY.to_owned())] {
            let check = nobody_works.check("x".repeat(1_025).into(), hash).await.unwrap();
            assert_eq!(check, Check::Wrong);
        }
    }
}
