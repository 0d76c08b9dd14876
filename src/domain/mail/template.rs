//! Templates of mails and their rendering. HTML is escaped, by the template's name; text is not.

use std::{fmt::Write as _, sync::LazyLock};

use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};
use secrecy::ExposeSecret;

use super::{
    MailSettings,
    email_template::{EmailTemplate, Notification, TokenUse},
    plain_text::{masked, plain},
};
use crate::domain::kernel::{fault::Fault, words};

/// The two templates of each mail. The first line of the text is the subject.
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
    // A missing value fails where it is shown, but can be tested.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(|error| error.to_string())?;
    }
    Ok(environment)
});

/// What templates can show. What a letter has not is not there.
pub(super) fn values(shop_name: &str, settings: &MailSettings, letter: &EmailTemplate) -> Value {
    use Notification::{EmailChangeRequested, EmailChanged, NewLogin, RecoveryCodeUsed};
    let storefront = settings.storefront_url.as_deref();
    let own = match letter {
        EmailTemplate::Notification(EmailChangeRequested { new_email } | EmailChanged { new_email }) => {
            context! { new_email => masked(new_email) }
        }
        EmailTemplate::Notification(RecoveryCodeUsed { left }) => context! { left },
        EmailTemplate::Notification(NewLogin { device, ip_address, at }) => context! {
            device => Some(plain(device)).filter(|device| !device.is_empty()).unwrap_or("unknown".into()),
            ip_address => ip_address.to_canonical().to_string(),
            at => at.format("%-d %B %Y, %H:%M UTC").to_string(),
        },
        letter => {
            letter.token().map_or_else(Value::default, |TokenUse { token, expires_in, page, mutation }| {
                let token = token.expose_secret();
                // In the fragment, which browsers send neither to the server nor in `Referer`.
                let link = storefront.map(|url| format!("{url}/{page}#token={}", in_fragment(token)));
                context! { token, link, mutation, expires_in => words::about(expires_in) }
            })
        }
    };
    context! { shop => one_line(shop_name), storefront, ..own }
}

/// Subject and text.
pub(super) fn text(name: &str, values: &Value) -> Result<(String, String), Fault> {
    let rendered = render(&format!("{name}.txt"), values.clone())?;
    let (subject, text) =
        rendered.split_once('\n').ok_or_else(|| Fault::internal("a text without subject"))?;
    Ok((one_line(subject), text.trim_start().to_owned()))
}

/// HTML, with the subject as title.
pub(super) fn html(name: &str, values: &Value, subject: &str) -> Result<String, Fault> {
    let values = values.clone();
    render(&format!("{name}.html"), context! { subject, ..values })
}

fn render(name: &str, values: Value) -> Result<String, Fault> {
    let environment = ENVIRONMENT.as_ref().map_err(|error| Fault::internal(error.as_str()))?;
    let template = environment.get_template(name).and_then(|template| template.render(values));
    // The error's text names the position, and no value.
    template.map_err(|error| Fault::internal(error.to_string()))
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Encodes characters other than letters, digits, `-`, `_` and `.` as `%XX`.
fn in_fragment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => escaped.push(byte.into()),
            // Writing to a string cannot fail.
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
