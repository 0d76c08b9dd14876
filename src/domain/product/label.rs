//! Texts that categories and collections have alike.

use sea_orm::DbErr;

use super::slug;
use crate::domain::{
    database,
    kernel::text::{InvalidField, Line, Rejected, paragraphs},
};

/// Maximum length of a description, in characters.
const MAX_DESCRIPTION: usize = 20_000;

/// Name, slug and description of a new object. Without a slug, it is made from the name.
#[derive(Clone, Debug)]
pub struct NewLabel {
    /// Display name.
    pub name: String,
    /// Name in URLs.
    pub slug: Option<String>,
    /// Markdown.
    pub description: Option<String>,
}

/// Changes of name, slug and description; `None` keeps a field.
#[derive(Clone, Debug, Default)]
pub struct LabelChange {
    /// Display name.
    pub name: Option<String>,
    /// Name in URLs.
    pub slug: Option<String>,
    /// Markdown.
    pub description: Option<String>,
}

/// Valid texts.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) description: String,
}

impl NewLabel {
    pub(super) fn validated(self) -> Result<Label, InvalidField> {
        let name = name(&self.name)?;
        let slug = match &self.slug {
            Some(slug) => slug::parse(slug)?,
            None => slug::from_name(&name)?,
        };
        Ok(Label { name, slug, description: description(&self.description.unwrap_or_default())? })
    }
}

impl LabelChange {
    pub(super) fn validated(self) -> Result<Self, InvalidField> {
        Ok(Self {
            name: self.name.as_deref().map(name).transpose()?,
            slug: self.slug.as_deref().map(slug::parse).transpose()?,
            description: self.description.as_deref().map(description).transpose()?,
        })
    }
}

/// The failure of an insert or update of `table`, which may be that another row has the slug.
pub(super) fn slug_error(error: DbErr, table: &str, slug: &str) -> Rejected {
    match database::is_duplicate(&error, table, "slug") {
        true => slug::taken(slug).into(),
        false => error.into(),
    }
}

fn name(text: &str) -> Result<String, InvalidField> {
    Line::<1, 200>::of_field("name", text).map(String::from)
}

/// Parses a description, which is Markdown.
pub(super) fn description(text: &str) -> Result<String, InvalidField> {
    paragraphs("description", text, MAX_DESCRIPTION)
}
