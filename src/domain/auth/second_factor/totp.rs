//! Codes of authenticator apps after [RFC 6238](https://www.rfc-editor.org/rfc/rfc6238): SHA-1, six digits, 30 seconds,
//! which all apps support. (SHA-1 is secure in HMAC.)
//!
//! Pure functions: the caller stores the encrypted secret and the step of the last code.

use std::fmt;

use chrono::{DateTime, Utc};
use qrcode::{QrCode, render::svg};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use totp_rs::{Algorithm, Builder, Totp};

use crate::domain::kernel::fault::Fault;

/// Duration of a step, in seconds.
const STEP: u64 = 30;

/// Number of accepted steps before and after the current one, for clocks that differ and for the time to type.
const SKEW: i64 = 1;

/// Maximum length of the shop's name in the QR code, which stays readable.
const MAX_ISSUER: usize = 40;

/// Pixels of a QR code's module in an unscaled image.
const MODULE: u32 = 4;

/// Shared secret of app and server: 160 random bits. Never logged, stored only encrypted.
pub struct TotpSecret(SecretBox<[u8; 20]>);

/// The bytes are not a secret: there must be 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the secret of an authenticator app")]
pub struct MalformedTotpSecret;

impl TotpSecret {
    /// A new secret of these random bits.
    pub fn new(random: [u8; 32]) -> Self {
        let mut secret = [0; 20];
        secret.copy_from_slice(&random[..20]);
        Self(SecretBox::new(Box::new(secret)))
    }

    /// The bytes, for encryption.
    pub fn expose(&self) -> &[u8; 20] {
        self.0.expose_secret()
    }

    /// Text to type into an app: 32 characters of base32.
    pub fn base32(&self) -> SecretString {
        self.totp("").secret().to_base32().into()
    }

    /// The [`otpauth:` URI](https://github.com/google/google-authenticator/wiki/Key-Uri-Format) of the secret, with the
    /// shop's name and the account's email address.
    pub fn uri(&self, shop: &str, email: &str) -> Result<SecretString, Fault> {
        // A colon separates the two, even if it is escaped.
        let issuer: String = shop.replace(':', " ").chars().take(MAX_ISSUER).collect();
        let issuer = issuer.split_whitespace().collect::<Vec<_>>().join(" ");
        let builder = builder(self.expose()).with_account_name(email.replace(':', " "));
        let builder = if issuer.is_empty() { builder } else { builder.with_issuer(Some(issuer)) };
        let uri = builder.build().and_then(|totp| totp.to_url());
        // The error could hold the URI.
        Ok(uri.map_err(|_| Fault::internal("an otpauth URI cannot be made"))?.into())
    }

    /// The step of the code, if it is within the accepted steps around `now` and later than `last_step`, the one of the
    /// last used code, so that an observed code cannot be used again. Spaces are ignored. Store the returned step.
    pub fn verify(&self, code: &str, now: DateTime<Utc>, last_step: Option<i64>) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let totp = self.totp("");
        let now = now.timestamp() / STEP.cast_signed();
        let mut found = None;
        // Compares with all steps in constant time, so that the duration reveals nothing.
        for step in now - SKEW..=now + SKEW {
            let seconds = step.max(0).cast_unsigned() * STEP;
            let fits = totp.check(&code, seconds).is_some();
            if fits && found.is_none() && step >= 0 && last_step.is_none_or(|last| step > last) {
                found = Some(step);
            }
        }
        found
    }

    fn totp(&self, account: &str) -> Totp {
        builder(self.expose()).with_account_name(account).build_noncompliant()
    }
}

fn builder(secret: &[u8]) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(STEP)
        .with_skew(0)
        .with_secret(secret)
}

impl TryFrom<&[u8]> for TotpSecret {
    type Error = MalformedTotpSecret;

    fn try_from(bytes: &[u8]) -> Result<Self, MalformedTotpSecret> {
        let secret = bytes.try_into().map_err(|_| MalformedTotpSecret)?;
        Ok(Self(SecretBox::new(Box::new(secret))))
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(hidden)")
    }
}

/// QR code of the URI: an SVG element for HTML, black on white with the margin of the standard. Contains the secret.
pub fn qr_code(uri: &SecretString) -> Result<SecretString, Fault> {
    let code = QrCode::new(uri.expose_secret()).map_err(Fault::internal)?;
    let svg = code
        .render::<svg::Color<'_>>()
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .quiet_zone(true)
        .module_dimensions(MODULE, MODULE)
        .build();
    // HTML allows no XML declaration.
    let element = svg.find("<svg").and_then(|at| svg.get(at..)).unwrap_or(&svg);
    Ok(element.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's appendix B, for SHA-1.
    fn secret() -> TotpSecret {
        TotpSecret::try_from(&b"12345678901234567890"[..]).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// The RFC's codes have eight digits; six are the last of them.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().verify(code, at(seconds), None), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_counts_one_step_early_and_one_late_and_no_more() {
        let step = 1_111_111_109 / 30;
        let verify = |step| secret().verify("081804", at(step * 30), None);
        assert_eq!([-1, 0, 1].map(|by| verify(step + by)), [Some(step); 3]);
        assert_eq!([-2, 2].map(|by| verify(step + by)), [None; 2]);
    }

    #[test]
    fn a_code_is_used_once_and_none_before_it() {
        let (now, step) = (at(1_111_111_109), 1_111_111_109 / 30);
        assert_eq!(secret().verify("081804", now, Some(step - 1)), Some(step));
        assert_eq!(secret().verify("081804", now, Some(step)), None);
        assert_eq!(secret().verify("081804", now, Some(step + 1)), None);
        let before = at(1_111_111_109 - 30);
        assert_eq!(secret().verify("081804", before, Some(step)), None, "nor while the clock is behind");
    }

    #[test]
    fn spaces_do_not_count_and_everything_else_does() {
        let verify = |code: &str| secret().verify(code, at(59), None);
        assert_eq!((verify("287 082"), verify(" 287082\n")), (Some(1), Some(1)));
        let long = "287082".repeat(1_000);
        for wrong in ["", "287083", "28708", "2870820", "+87082", "-87082", "２８７０８２", "287.082", &long]
        {
            assert_eq!(verify(wrong), None, "{wrong}");
        }
        assert_eq!(secret().verify("755224", at(0), None), Some(0), "the first step of all");
        assert_eq!(secret().verify("755224", at(-3_000), None), None, "there was none before");
    }

    #[test]
    fn the_uri_is_what_apps_understand() {
        let uri = |shop: &str, email: &str| secret().uri(shop, email).unwrap().expose_secret().to_owned();
        let base32 = secret().base32();
        assert_eq!(base32.expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            uri("Bean & Leaf", "ada+shop@example.org"),
            "otpauth://totp/Bean%20%26%20Leaf:ada%2Bshop%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Bean%20%26%20Leaf"
        );
        assert!(uri("a: b/c?d", "x@y.org").starts_with("otpauth://totp/a%20b%2Fc%3Fd:x%40y.org?"));
        assert!(uri("", "x@y.org").starts_with("otpauth://totp/x%40y.org?"));
        for (shop, email) in [("Bean & Leaf", "ada+shop@example.org"), ("Café Ü", "ü@example.org")] {
            let read = Totp::from_url(uri(shop, email)).unwrap();
            assert_eq!((read.issuer(), read.account_name()), (Some(shop), email));
            assert_eq!(read.generate(59).to_string(), "287082");
        }
    }

    #[test]
    fn the_picture_is_an_element_with_a_margin() {
        let longest = format!("{}@example.org", "ü".repeat(120));
        for (shop, email) in [("Shop", "ada@example.org"), (&*"店".repeat(500), &*longest)] {
            let uri = secret().uri(shop, email).unwrap();
            let svg = qr_code(&uri).unwrap();
            let svg = svg.expose_secret();
            let modules = QrCode::new(uri.expose_secret()).unwrap().width();
            let side = (modules + 8) * 4;
            let head = format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"{side}\" height=\"{side}\" \
                 viewBox=\"0 0 {side} {side}\""
            );
            assert!(svg.starts_with(&head), "{svg:.200}");
            assert!(svg.contains("fill=\"#fff\"/><path fill=\"#000\" d=\"M16 16h"), "{svg:.300}");
            assert!(svg.ends_with("</svg>") && !svg.contains("<?xml"));
        }
    }

    #[test]
    fn a_secret_hides_itself_and_has_twenty_bytes() {
        assert_eq!(format!("{:?}", secret()), "TotpSecret(hidden)");
        assert_eq!(TotpSecret::try_from(&[0; 19][..]).unwrap_err(), MalformedTotpSecret);
        let mut random = [0; 32];
        random[19] = 7;
        assert_eq!(TotpSecret::new(random).expose()[18..], [0, 7]);
    }
}
