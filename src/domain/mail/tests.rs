//! Each mail, rendered in both forms, and malicious values.

use std::time::Duration;

use chrono::DateTime;

use super::{EmailTemplate, Mail, MailSettings, Notification};

const TOKEN: &str = "dG9rZW4tb2YtYS1sZXR0ZXItZm9yLXRoZS10ZXN0cw";

const DAY: Duration = Duration::from_secs(24 * 3600);

fn settings(storefront: bool) -> MailSettings {
    let storefront_url = storefront.then(|| "https://shop.example/en".to_owned());
    MailSettings { storefront_url }
}

fn compose(settings: &MailSettings, letter: &EmailTemplate) -> Mail {
    super::compose("Nuts & Bolts", settings, "ada@example.org", letter).unwrap()
}

fn new_login(device: &str) -> EmailTemplate {
    let at = DateTime::from_timestamp(1_795_464_000, 0).unwrap();
    Notification::NewLogin { device: device.into(), ip_address: [203, 0, 113, 7].into(), at }.into()
}

/// Every mail, with texts that it must contain in addition to the shop's name.
fn letters() -> Vec<(EmailTemplate, &'static [&'static str])> {
    let token = || TOKEN.into();
    let new_email = || "ada@example.org".into();
    vec![
        (EmailTemplate::VerifyEmail { token: token(), expires_in: DAY }, &["24 hours", TOKEN]),
        (EmailTemplate::AlreadyRegistered, &["has an account already"]),
        (EmailTemplate::PasswordReset { token: token(), expires_in: DAY / 24 }, &["1 hour", TOKEN]),
        (Notification::PasswordChanged.into(), &["was changed"]),
        (EmailTemplate::EmailChangeConfirm { token: token(), expires_in: DAY }, &["24 hours", TOKEN]),
        (Notification::EmailChangeRequested { new_email: new_email() }.into(), &["a***@e***.org"]),
        (Notification::EmailChanged { new_email: new_email() }.into(), &["a***@e***.org"]),
        (EmailTemplate::EmailTaken, &["another account"]),
        (Notification::SecondFactorEnabled.into(), &["authenticator app"]),
        (Notification::SecondFactorDisabled.into(), &["only your password"]),
        (
            Notification::RecoveryCodeUsed { left: 2 }.into(),
            &["Codes left: 2", "Create new recovery codes soon"],
        ),
        (Notification::RecoveryCodeUsed { left: 7 }.into(), &["Codes left: 7", "at any time"]),
        (new_login("Firefox on Linux"), &["Firefox on Linux", "203.0.113.7", "23 November 2026, 20:00 UTC"]),
        (Notification::AccountBlocked.into(), &["has blocked"]),
        (Notification::AccountUnblocked.into(), &["no longer blocked"]),
        (Notification::AccountDeleted.into(), &["was deleted"]),
    ]
}

#[test]
fn every_letter_says_the_same_as_text_and_as_html() {
    for (letter, values) in letters() {
        for storefront in [false, true] {
            let mail = compose(&settings(storefront), &letter);
            assert_eq!(mail.to, "ada@example.org");
            assert!(
                mail.subject.contains("Nuts & Bolts") && !mail.subject.contains('\n'),
                "{}",
                mail.subject
            );
            for value in values {
                assert!(mail.text.contains(value), "{value} in {}", mail.text);
                assert!(mail.html.contains(value), "{value} in {}", mail.html);
            }
            assert!(mail.text.contains("Nuts & Bolts") && mail.html.contains("Nuts &amp; Bolts"));
            for left_over in ["{{", "{%", "none", "undefined", "\n\n\n"] {
                assert!(!mail.text.contains(left_over), "{left_over:?} in {}", mail.text);
            }
            for left_over in ["{{", "{%", ">none<", "<img", "<script", "<link"] {
                assert!(!mail.html.contains(left_over), "{left_over:?} in {}", mail.html);
            }
            assert!(mail.html.contains(&mail.subject.replace('&', "&amp;")), "its title");
        }
    }
}

#[test]
fn a_text_is_laid_out_in_paragraphs() {
    let letter = EmailTemplate::VerifyEmail { token: TOKEN.into(), expires_in: DAY };
    let text = compose(&settings(true), &letter).text;
    let expected = format!(
        "Please confirm that this is your email address, so that your account at Nuts & Bolts can be used.\n\n\
         Open this link:\n\n    https://shop.example/en/verify-email#token={TOKEN}\n\n\
         This works for 24 hours.\n\n\
         If you did not register at Nuts & Bolts, ignore this mail: nothing changes without your confirmation.\n\n\
         -- \nNuts & Bolts, https://shop.example/en\nThis mail was sent automatically. Please do not reply to it.\n"
    );
    assert_eq!(text, expected);
    let text = compose(&settings(true), &Notification::RecoveryCodeUsed { left: 2 }.into()).text;
    assert_eq!(text.split("\n\n").count(), 4, "{text}");
}

#[test]
fn a_token_is_a_link_to_the_storefront_or_is_pasted() {
    let token = || TOKEN.into();
    for (letter, page, mutation) in [
        (EmailTemplate::VerifyEmail { token: token(), expires_in: DAY }, "verify-email", "emailVerify"),
        (EmailTemplate::PasswordReset { token: token(), expires_in: DAY }, "reset-password", "passwordReset"),
        (
            EmailTemplate::EmailChangeConfirm { token: token(), expires_in: DAY },
            "change-email",
            "emailChangeConfirm",
        ),
    ] {
        let mail = compose(&settings(true), &letter);
        let link = format!("https://shop.example/en/{page}#token={TOKEN}");
        assert!(mail.text.contains(&format!("\n    {link}\n")), "{}", mail.text);
        let href = format!("href=\"{}\"", link.replace('/', "&#x2f;"));
        assert!(mail.html.contains(&href), "{href} in {}", mail.html);
        assert!(!mail.text.contains(mutation));
        let mail = compose(&settings(false), &letter);
        assert!(mail.text.contains(&format!("\n    {TOKEN}\n")), "{}", mail.text);
        assert!(mail.text.contains(mutation) && mail.html.contains(mutation));
        assert!(!mail.html.contains("href") && !mail.text.contains("://"), "{}", mail.html);
    }
}

#[test]
fn a_device_cannot_advertise() {
    let device = "</strong><a href=\"http://evil.example\">win</a>\r\nBcc: all@evil.example www.evil.example";
    let mail = compose(&settings(true), &new_login(device));
    for text in [&mail.text, &mail.html, &mail.subject] {
        assert!(!text.contains("http://evil") && !text.contains("evil.example"), "{text}");
        assert!(!text.contains("\nBcc") && !text.contains("all@evil"), "{text}");
    }
    assert!(!mail.html.contains("<a href=\"http:") && mail.html.contains("&lt;a href="), "{}", mail.html);
    let nameless = compose(&settings(true), &new_login("\u{200b}\r\n"));
    assert!(nameless.text.contains("Device: unknown\n"), "{}", nameless.text);
}

#[test]
fn a_new_address_cannot_advertise() {
    let new_email = "\"<b>buy</b>\"@www.evil.example".to_owned();
    let mail = compose(&settings(true), &Notification::EmailChangeRequested { new_email }.into());
    assert!(mail.text.contains("to ***@w***.example."), "{}", mail.text);
    assert!(!mail.html.contains("evil") && !mail.html.contains("buy"));
}

#[test]
fn a_shops_name_stays_on_its_line() {
    let name = "A\r\nBcc: x@example.org\u{0}<i>";
    let letter = EmailTemplate::from(Notification::PasswordChanged);
    let mail = super::compose(name, &settings(false), "ada@example.org", &letter).unwrap();
    assert_eq!(mail.subject, "Your password at A Bcc: x@example.org <i> was changed");
    assert!(!mail.html.contains("<i>"), "{}", mail.html);
}

#[test]
fn neither_letters_nor_mails_show_a_token() {
    let letter = EmailTemplate::PasswordReset { token: TOKEN.into(), expires_in: DAY };
    let mail = compose(&settings(true), &letter);
    assert!(mail.text.contains(TOKEN));
    assert!(!format!("{letter:?} {mail:?}").contains(TOKEN));
    assert!(!format!("{mail:?}").contains("ada@"));
}
