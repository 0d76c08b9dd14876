//! The check of all operations, and what is known of each afterwards.

#[cfg(test)]
mod tests;

use apollo_compiler::{
    ExecutableDocument, Node, Schema,
    ast::OperationType,
    collections::IndexSet,
    executable::{Operation, Selection, SelectionSet},
    parser::SourceSpan,
    validation::{DiagnosticList, WithErrors},
};

/// A file, by its path from the package's root.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A named operation.
pub(crate) struct Document {
    kind: &'static str,
    name: String,
    /// File and line.
    place: String,
    /// The operation with the fragments that it uses.
    text: String,
    /// The key of its first field in the answer.
    field: String,
}

/// All operations, also those with errors, so that their uses are no errors of their own.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) operations: Vec<Document>,
    pub(crate) errors: Vec<String>,
}

/// Checks all files as one document.
pub(crate) fn check(schema: &Source, files: &[Source]) -> Checked {
    let schema = match Schema::parse_and_validate(&schema.text, &schema.path) {
        Ok(schema) => schema,
        Err(error) => return Checked { errors: report(&error.errors), ..Checked::default() },
    };
    let mut errors = DiagnosticList::new(Default::default());
    let mut builder = ExecutableDocument::builder(Some(&schema), &mut errors);
    for file in files {
        builder = builder.parse(&file.text, &file.path);
    }
    let document = match builder.build().validate(&schema) {
        Ok(valid) => valid.into_inner(),
        Err(WithErrors { partial, errors: more }) => {
            errors.merge(more);
            partial
        }
    };
    let mut checked = Checked { errors: report(&errors), ..Checked::default() };
    for operation in document.operations.iter() {
        let place = place(&document, operation.location());
        let problem = problem(operation);
        checked.errors.extend(problem.map(|problem| format!("{place}: {problem}")));
        checked.operations.extend(operation.name.as_ref().map(|name| {
            Document {
                kind: kind(operation.operation_type),
                name: name.to_string(),
                place,
                text: text(&document, operation),
                field: operation
                    .selection_set
                    .fields()
                    .next()
                    .map_or(String::new(), |field| field.response_key().to_string()),
            }
        }));
    }
    checked
}

fn report(errors: &DiagnosticList) -> Vec<String> {
    errors.iter().map(|error| error.to_string()).collect()
}

/// File and line of a definition.
fn place(document: &ExecutableDocument, location: Option<SourceSpan>) -> String {
    let found = location.and_then(|location| {
        let path = document.sources.get(&location.file_id())?.path();
        Some(format!("{}:{}", path.display(), location.line_column(&document.sources)?.line))
    });
    found.unwrap_or_default()
}

/// Why the client of the tests could not run a valid operation.
fn problem(operation: &Operation) -> Option<&'static str> {
    let is_named_well =
        |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase()) && !name.contains('_');
    if !operation.name.as_ref().is_some_and(|name| is_named_well(name)) {
        return Some("an operation needs a name like `CustomerUpdate`");
    }
    let takes_input_only = operation.variables.iter().all(|variable| variable.name == "input");
    let has_one_field = matches!(operation.selection_set.selections.as_slice(), [Selection::Field(_)]);
    let is_mutation = operation.operation_type == OperationType::Mutation;
    (is_mutation && !(takes_input_only && has_one_field))
        .then_some("a mutation has one field and no variable but `$input`")
}

fn kind(operation_type: OperationType) -> &'static str {
    match operation_type {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

/// An operation with the fragments that it uses.
fn text(document: &ExecutableDocument, operation: &Node<Operation>) -> String {
    let mut used = IndexSet::default();
    fragments(document, &operation.selection_set, &mut used);
    let used = used.iter().filter_map(|name| document.fragments.get(*name));
    let used: String = used.map(|fragment| format!(" {}", fragment.serialize().no_indent())).collect();
    operation.serialize().no_indent().to_string() + &used
}

fn fragments<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, used: &mut IndexSet<&'a str>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => fragments(document, &field.selection_set, used),
            Selection::InlineFragment(inline) => fragments(document, &inline.selection_set, used),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.fragment_name);
                if used.insert(&spread.fragment_name)
                    && let Some(fragment) = fragment
                {
                    fragments(document, &fragment.selection_set, used);
                }
            }
        }
    }
}

impl Document {
    /// The constant of this operation.
    pub(crate) fn constant(&self) -> String {
        let Self { kind, name, place, text, field } = self;
        let mut constant = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !constant.is_empty() {
                constant.push('_');
            }
            constant.push(letter.to_ascii_uppercase());
        }
        let field = if *kind == "Mutation" { format!(", field: {field:?}") } else { String::new() };
        format!(
            "/// `{name}` in `{place}`.\n\
            pub(crate) const {constant}: crate::support::{kind} = crate::support::{kind} {{ text: {text:?}{field} }};\n"
        )
    }
}
