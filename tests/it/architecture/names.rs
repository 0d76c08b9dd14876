//! Names that the style guide replaces.
//!
//! A name is matched where it is defined, as its uses follow. Uses are not matched, so that `hash_map::Entry`, a method
//! of another crate, fields, and English words in comments and texts stay as they are. Not in the lists:
//!
//! - `take` of the guide's `Patience`: queues and iterators have it;
//! - fields of structs that are replaced as a whole (`Patience { free, first, longest, forgive }`);
//! - names that are wrong for one of two things only (`Attempt`, `Record`, `Running`).

use proc_macro2::{TokenStream, TokenTree};

use super::items::{Definition, definition, variants_at};

/// Types and traits.
const TYPES: &[(&str, &str)] = &[
    ("Admission", "Permit"),
    ("Answer", "ExecutionResult"),
    ("Asked", "ParsedBody"),
    ("Checker", "Validator"),
    ("Entry", "AddressPatch, AuditEntry"),
    ("Given", "RoleAssignment"),
    ("Gone", "Disconnected"),
    ("Guarding", "ThrottlePolicies"),
    ("GuardingSettings", "ThrottleConfig"),
    ("HandleError", "JobError"),
    ("Letter", "EmailTemplate"),
    ("Letters", "EmailJobHandler"),
    ("LifeMutation", "AccountMutation"),
    ("Live", "ConnectionRegistry"),
    ("Notice", "Notification"),
    ("Op", "OpContext"),
    ("Opening", "SessionOptions"),
    ("Patience", "BackoffPolicy"),
    ("Places", "OperationSlots"),
    ("Ports", "Services"),
    ("Post", "EmailJob"),
    ("Prepared", "PreparedOperation"),
    ("Program", "ApiClient"),
    ("Refused", "RateLimited, Throttled"),
    ("Room", "BodyBudget"),
    ("Shell", "middleware::request_id"),
    ("SignedIn", "AuthenticatedAccount"),
    ("Standing", "RateLimitStatus"),
    ("Step", "OperationEvent"),
    ("Texts", "ValidatedAddress"),
    ("Told", "OperationEvent"),
    ("UnderWay", "ConcurrencyLimiter"),
    ("Verdict", "Decision"),
    ("Which", "SessionSelector"),
    ("Written", "Patch<String>"),
];

/// Variants of enums.
const VARIANTS: &[(&str, &str)] = &[
    ("Again", "Retryable"),
    ("Gone", "Disconnected"),
    ("Never", "Permanent"),
    ("Program", "ApiClient"),
    ("Refused", "RateLimited, Throttled"),
    ("SignedIn", "AuthenticatedAccount"),
];

/// Modules, which are files as well.
const MODULES: &[(&str, &str)] = &[
    ("authority", "authorization"),
    ("guard", "throttle"),
    ("guarding", "throttle"),
    ("letter", "template, email_job"),
    ("life", "mutation"),
    ("life_types", "types"),
    ("outbox", "job"),
    ("patience", "backoff"),
    ("plain", "http_json"),
    ("refusal", "error"),
    ("shell", "request_id"),
    ("traffic", "rate_limit"),
];

/// Functions and methods.
const FUNCTIONS: &[(&str, &str)] = &[
    ("ask_for_email", "email_change_request"),
    ("ask_for_life", "send_ping"),
    ("ask_for_mail", "request_mail"),
    ("ask_for_reset", "password_reset_request"),
    ("attend", "cancel_signal"),
    ("because", "with_message"),
    ("draft", "new"),
    ("end_all", "invalidate_sessions, purge"),
    ("exceeds", "outranks"),
    ("give_back", "undo"),
    ("hand_over", "deliver_session"),
    ("hold", "lock_for_update"),
    ("holding", "with_guard"),
    ("keep", "persist"),
    ("known_viewer", "cached_viewer"),
    ("late", "timed_out"),
    ("like", "from_session"),
    ("make", "create_account"),
    ("may_be_used_by", "allows"),
    ("names_nothing", "is_empty"),
    ("next_epoch", "invalidate_sessions"),
    ("readdress", "apply_email_change"),
    ("refused", "rejected"),
    ("risen", "gained"),
    ("spend", "consume_token"),
    ("take_rows", "charge_rows"),
    ("tell_cost", "set_cost"),
    ("told", "audit_json"),
    ("verify_again", "email_verify_resend"),
];

/// Constants.
const CONSTANTS: &[(&str, &str)] = &[("LAST_WORDS", "DRAIN_TIMEOUT")];

/// What to write instead of the name that something is defined by, if the style guide replaces it.
pub(super) fn replacement(found: &Definition) -> Option<&'static str> {
    let names = match found.keyword.as_str() {
        "struct" | "enum" | "trait" | "type" => TYPES,
        "variant" => VARIANTS,
        "mod" => MODULES,
        "fn" => FUNCTIONS,
        _ => CONSTANTS,
    };
    names.iter().find(|(name, _)| *name == found.name).map(|(_, replacement)| *replacement)
}

/// All definitions in a file, also those in functions, macros and unit tests.
pub(super) fn definitions(tokens: TokenStream) -> Vec<Definition> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if let Some((definition, _)) = definition(&tokens, at) {
            found.push(definition);
            found.extend(variants_at(&tokens, at));
        }
        if let TokenTree::Group(group) = &tokens[at] {
            found.extend(definitions(group.stream()));
        }
    }
    found
}

#[test]
fn definitions_are_read_with_their_keywords() {
    let source = "\
        pub struct Entry; enum Step { #[a] One(u8), Two { keep: u8 } }\n\
        impl X { pub const fn make() -> &'static str { take(); \"fn keep\" } }\n\
        made! { pub enum Told { No } } trait T { type Answer; } static mut LAST: *const Live = x;";
    let found = definitions(source.parse().unwrap());
    let found: Vec<_> =
        found.iter().map(|found| format!("{} {} {}", found.line, found.keyword, found.name)).collect();
    let expected = [
        "1 struct Entry",
        "1 enum Step",
        "1 variant One",
        "1 variant Two",
        "2 fn make",
        "3 enum Told",
        "3 variant No",
        "3 trait T",
        "3 type Answer",
        "3 static LAST",
    ];
    assert_eq!(found, expected);
}
