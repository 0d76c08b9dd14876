//! Messages for mistakes on the command line or in a variable: one line that names both.

use std::process::ExitCode;

use clap::{
    CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// Prints help and version as asked, and anything else as one line.
pub(super) fn explain<C: CommandFactory>(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return u8::try_from(error.exit_code()).unwrap_or(2).into();
    }
    eprintln!("bodega: {}", line::<C>(error));
    2.into()
}

/// All that clap says before it explains the usage, on one line.
fn line<C: CommandFactory>(error: &clap::Error) -> String {
    let text = error.to_string();
    let said = text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let said = said.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    let said = said.strip_prefix("error: ").unwrap_or(&said).to_owned();
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return said };
    let flag = argument.split([' ', '=']).next().unwrap_or_default();
    match variable(&C::command(), flag.trim_start_matches("--")) {
        Some(variable) => said.replace(argument.as_str(), &format!("{flag} ({variable})")),
        None => said,
    }
}

fn variable(command: &clap::Command, flag: &str) -> Option<String> {
    let own = command.get_arguments().find(|argument| argument.get_long() == Some(flag));
    own.and_then(|argument| argument.get_env())
        .map(|variable| variable.to_string_lossy().into_owned())
        .or_else(|| command.get_subcommands().find_map(|command| variable(command, flag)))
}
