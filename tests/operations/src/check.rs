//! The check of all operations, and what is known of each afterwards.

mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_graphql_parser::{
    Error, Pos, Positioned, parse_query, parse_schema,
    types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
        ServiceDocument, TypeSystemDefinition,
    },
};

use rules::{Fragments, Types, Validator};

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
    let mut checked = Checked::default();
    let types = match parse_schema(&schema.text) {
        Ok(document) => types(document),
        Err(error) => return Checked { errors: vec![syntax_error(schema, &error)], ..checked },
    };
    let (mut documents, mut syntax_errors) = (Vec::new(), Vec::new());
    for file in files {
        match parse(&file.text) {
            Ok(document) => documents.push((file, document)),
            Err(error) => syntax_errors.push(syntax_error(file, &error)),
        }
    }

    let (mut fragments, mut texts, mut errors) = (Fragments::new(), BTreeMap::new(), Vec::new());
    for (file, document) in &documents {
        for (name, definition) in &document.fragments {
            texts.insert(name.as_str(), text(file, document, definition.pos));
            if fragments.insert(name.as_str(), (file.path.as_str(), definition)).is_some() {
                let place = place(file, definition.pos);
                errors.push(format!("{place}: the fragment `{name}` is defined more than once"));
            }
        }
    }
    let mut validator = Validator::new(&types, &fragments);
    let (mut names, mut unused) = (BTreeSet::new(), fragments.keys().collect::<BTreeSet<_>>());
    for (file, document) in &documents {
        let mut operations: Vec<_> = document.operations.iter().collect();
        operations.sort_by_key(|(_, operation)| operation.pos);
        for (name, operation) in operations {
            let (name, kind) = (name.map_or("", |name| name), kind(operation.node.ty));
            let used = validator.check(&file.path, kind, operation);
            let Positioned { node: operation, pos } = operation;
            if !names.insert(name) {
                validator.error(*pos, format!("the operation `{name}` is defined more than once"));
            }
            if let Some(problem) = problem(name, operation) {
                validator.error(*pos, problem.to_owned());
            }
            let mut text = text(file, document, *pos).to_owned();
            for fragment in used {
                text = text + "\n" + texts[fragment];
                unused.remove(&fragment);
            }
            if !name.is_empty() {
                let (place, field) = (place(file, *pos), field(operation));
                checked.operations.push(Document { kind, name: name.to_owned(), place, text, field });
            }
        }
    }
    errors.append(&mut validator.errors);
    for name in unused {
        let (path, definition) = fragments[name];
        errors.push(format!("{path}:{}: the fragment `{name}` is never used", definition.pos.line));
    }
    // What a file defines that cannot be read would be unknown in the others.
    checked.errors = if syntax_errors.is_empty() { errors } else { syntax_errors };
    checked
}

fn types(document: ServiceDocument) -> Types {
    let types = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(found) => Some((found.node.name.node.clone(), found.node)),
        _ => None,
    });
    types.collect()
}

/// The document of a file, also of one that has fragments only.
fn parse(text: &str) -> Result<ExecutableDocument, Error> {
    match parse_query(text) {
        Err(Error::MissingOperation) => {
            let mut document = parse_query(format!("{text}\nquery None {{ __typename }}"))?;
            document.operations = DocumentOperations::Multiple(HashMap::new());
            Ok(document)
        }
        result => result,
    }
}

fn syntax_error(file: &Source, error: &Error) -> String {
    let pos = error.positions().next().unwrap_or_default();
    format!("{}: {error}", place(file, pos))
}

/// File and line.
fn place(file: &Source, pos: Pos) -> String {
    format!("{}:{}", file.path, pos.line)
}

/// The text of the definition that begins here: it ends where the next one begins.
fn text<'a>(file: &'a Source, document: &ExecutableDocument, start: Pos) -> &'a str {
    let operations = document.operations.iter().map(|(_, operation)| operation.pos);
    let all = operations.chain(document.fragments.values().map(|fragment| fragment.pos));
    let end = all.filter(|pos| *pos > start).min().map(|end| offset(&file.text, end));
    file.text[offset(&file.text, start)..end.unwrap_or(file.text.len())].trim_end()
}

fn offset(text: &str, pos: Pos) -> usize {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(pos.line - 1).map(str::len).sum();
    let line = lines.next().unwrap_or_default().chars();
    before + line.take(pos.column - 1).map(char::len_utf8).sum::<usize>()
}

/// Why the client of the tests could not run a valid operation.
fn problem(name: &str, operation: &OperationDefinition) -> Option<&'static str> {
    if !name.starts_with(|first: char| first.is_ascii_uppercase()) || name.contains('_') {
        return Some("an operation needs a name like `CustomerUpdate`");
    }
    let takes_input_only = operation.variable_definitions.iter().all(|it| it.node.name.node == "input");
    let items = operation.selection_set.node.items.as_slice();
    let has_one_field = matches!(items, [Positioned { node: Selection::Field(_), .. }]);
    let is_mutation = operation.ty == OperationType::Mutation;
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

/// The key in the answer of the first field.
fn field(operation: &OperationDefinition) -> String {
    let mut items = operation.selection_set.node.items.iter();
    let key = items.find_map(|item| match &item.node {
        Selection::Field(field) => Some(field.node.response_key().node.to_string()),
        _ => None,
    });
    key.unwrap_or_default()
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
