//! Passwords are kept as argon2id hashes with the parameters that OWASP's
//! [Password Storage Cheat Sheet](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html)
//! recommends: 19 MiB of memory, two passes, one lane.
//!
//! A hash costs some 12 ms of one core, so it runs on a blocking thread, as many at once as there are cores; further
//! ones wait without holding memory.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::domain::Fault;

/// Memory in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Parallel lanes.
const LANES: u32 = 1;

/// A hash of no password at all, with today's parameters: what a login for an unknown address is checked against, so
/// that it takes as long as one for a known address.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Ym9kZWdhLW5vYm9keS4uLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password that may not be chosen, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Shorter than [`Passwords::MIN_CHARS`].
    #[error("the password must have at least {} characters", Passwords::MIN_CHARS)]
    TooShort,
    /// Longer than [`Passwords::MAX_CHARS`].
    #[error("the password must have at most {} characters", Passwords::MAX_CHARS)]
    TooLong,
}

/// What a password check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Another password, or no account to have one.
    Wrong,
    /// The right one.
    Right,
    /// The right one, but its hash was made with other parameters than today's.
    RightButOutdated,
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
}

impl Passwords {
    /// The fewest characters of a password that may be chosen (NIST SP 800-63B, 3.1.1.2).
    pub const MIN_CHARS: usize = 8;
    /// The most characters of a password that may be chosen.
    pub const MAX_CHARS: usize = 256;

    /// Hashes at most `parallel` passwords at once.
    pub fn new(parallel: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(parallel)) }
    }

    /// Whether a password may be chosen.
    pub fn check_choice(password: &SecretString) -> Result<(), PasswordError> {
        match password.expose_secret().chars().count() {
            chars if chars < Self::MIN_CHARS => Err(PasswordError::TooShort),
            chars if chars > Self::MAX_CHARS => Err(PasswordError::TooLong),
            _ => Ok(()),
        }
    }

    /// The hash to keep, in PHC string form. `secret` gives the salt.
    pub async fn hash(&self, password: SecretString, secret: [u8; 32]) -> Result<String, Fault> {
        self.run(move || {
            argon2()
                .and_then(|argon2| {
                    argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &secret[..16])
                })
                .map(|hash: PasswordHash| hash.to_string())
        })
        .await?
        .map_err(|error| Fault::internal(error.to_string()))
    }

    /// Whether this is the password behind an account's hash.
    pub(in crate::domain) async fn fits(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, Fault> {
        Ok(self.check(password, hash).await? != Check::Wrong)
    }

    /// Compares a password with an account's hash. Without one it takes as long and the answer is no.
    pub(super) async fn check(&self, password: SecretString, hash: Option<String>) -> Result<Check, Fault> {
        self.run(move || {
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

    #[test]
    fn the_length_of_a_chosen_password_is_bounded() {
        let check = |chars| Passwords::check_choice(&"ä".repeat(chars).into());
        assert_eq!(check(7), Err(PasswordError::TooShort));
        assert_eq!((check(8), check(256)), (Ok(()), Ok(())));
        assert_eq!(check(257), Err(PasswordError::TooLong));
    }
}
