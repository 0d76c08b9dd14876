//! The templates, and what they are filled with. HTML is escaped by the template's name, text is not.

use std::{fmt::Write as _, sync::LazyLock};

use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde};
use secrecy::ExposeSecret;
use serde::Serialize;

use super::{
    MailSettings,
    email_template::EmailTemplate,
    plain_text::{masked, plain},
};
use crate::domain::kernel::{fault::Fault, words};

/// The two templates of each letter named. A text's first line is its subject.
macro_rules! letters {
    ($($name:literal)*) => {
        &[$(
            (concat!($name, ".txt"), include_str!(concat!("templates/", $name, ".txt"))),
            (concat!($name, ".html"), include_str!(concat!("templates/", $name, ".html"))),
        )*]
    };
}

const TEMPLATES: &[(&str, &str)] = letters!(
    "layout" "token" "verify_email" "already_registered" "password_reset" "password_changed" "email_change_confirm"
    "email_change_requested" "email_changed" "email_taken" "second_factor_enabled" "second_factor_disabled"
    "recovery_code_used" "new_login" "account_blocked" "account_unblocked" "account_deleted"
);

static ENVIRONMENT: LazyLock<Result<Environment<'static>, String>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| error.to_string())?);
    // A value that is missing fails where it is shown, but may be asked for.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(|error| error.to_string())?;
    }
    Ok(environment)
});

/// What templates can show. What a letter has not is not there.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) struct Values<'a> {
    shop: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    storefront: Option<&'a str>,
    #[serde(flatten)]
    token: Option<TokenValues<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u32>,
    #[serde(flatten)]
    login: Option<LoginValues>,
}

#[derive(Serialize)]
struct TokenValues<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    mutation: &'static str,
    expires_in: String,
}

#[derive(Serialize)]
struct LoginValues {
    device: String,
    ip_address: String,
    at: String,
}

impl<'a> Values<'a> {
    pub(super) fn new(settings: &'a MailSettings, letter: &'a EmailTemplate) -> Self {
        let storefront = settings.storefront_url.as_deref();
        let token = letter.token().map(|(token, expires_in, purpose)| {
            let token = token.expose_secret();
            TokenValues {
                token,
                // Behind `#`, which browsers send neither to the server nor in `Referer`.
                link: storefront.map(|url| format!("{url}/{}#token={}", purpose.page, in_fragment(token))),
                mutation: purpose.mutation,
                expires_in: words::about(expires_in),
            }
        });
        let new_email = match letter {
            EmailTemplate::EmailChangeRequested { new_email } | EmailTemplate::EmailChanged { new_email } => {
                Some(masked(new_email))
            }
            _ => None,
        };
        let left = match letter {
            EmailTemplate::RecoveryCodeUsed { left } => Some(*left),
            _ => None,
        };
        let login = match letter {
            EmailTemplate::NewLogin { device, ip_address, at } => Some(LoginValues {
                device: Some(plain(device)).filter(|device| !device.is_empty()).unwrap_or("unknown".into()),
                ip_address: ip_address.to_canonical().to_string(),
                at: at.format("%-d %B %Y, %H:%M UTC").to_string(),
            }),
            _ => None,
        };
        Self { shop: one_line(&settings.shop_name), storefront, token, new_email, left, login }
    }
}

pub(super) fn text(name: &str, values: &Values<'_>) -> Result<(String, String), Fault> {
    let rendered = render(&format!("{name}.txt"), Value::from(Serde(values)))?;
    let (subject, text) =
        rendered.split_once('\n').ok_or_else(|| Fault::internal("a text without subject"))?;
    Ok((one_line(subject), text.trim_start().to_owned()))
}

/// The HTML. The subject is its title.
pub(super) fn html(name: &str, values: &Values<'_>, subject: &str) -> Result<String, Fault> {
    let values = Value::from(Serde(values));
    render(&format!("{name}.html"), context! { subject, ..values })
}

fn render(name: &str, values: Value) -> Result<String, Fault> {
    let environment = ENVIRONMENT.as_ref().map_err(|error| Fault::internal(error.as_str()))?;
    let template = environment.get_template(name).and_then(|template| template.render(values));
    // Its text names the place, and no value.
    template.map_err(|error| Fault::internal(error.to_string()))
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What is more than letters, digits, `-`, `_` and `.` is written as `%XX`.
fn in_fragment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => escaped.push(byte.into()),
            // Writing to a string does not fail.
            _ => _ = write!(escaped, "%{byte:02X}"),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stays_inside_its_fragment() {
        assert_eq!(in_fragment("aZ09-_."), "aZ09-_.");
        assert_eq!(in_fragment("a b&c\"#é"), "a%20b%26c%22%23%C3%A9");
    }
}
