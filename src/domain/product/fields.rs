//! The fields of a product that forms edit, and their validation.

use entity::{CategoryId, product};

use super::{aggregate::Aggregate, label, name_key, slug};
use crate::domain::kernel::{
    field,
    patch::{Patch, set},
    text::{InvalidField, Line, paragraphs},
};

/// Maximum number of tags of a product.
const MAX_TAGS: usize = 50;

/// Maximum length of a description for search engines, in characters.
const MAX_SEO_DESCRIPTION: usize = 500;

/// Changes of a product's fields. `None` keeps a field; a text of spaces clears one that may be empty.
#[derive(Clone, Debug, Default)]
pub struct ProductPatch {
    /// Display name, 1 to 200 characters.
    pub name: Option<String>,
    /// Name in URLs.
    pub slug: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    pub seo_title: Patch<String>,
    pub seo_description: Patch<String>,
    /// All tags, in any order.
    pub tags: Option<Vec<String>>,
    /// Key in another system.
    pub external_id: Patch<String>,
    pub category: Patch<CategoryId>,
}

impl ProductPatch {
    /// Checks and trims the texts.
    pub(super) fn validated(self) -> Result<Self, InvalidField> {
        let name = self.name.map(|name| Line::<1, 200>::of_field("name", &name).map(String::from));
        let slug = self.slug.map(|slug| slug::parse(&slug));
        let description = self.description.map(|text| label::description(&text));
        let seo_description = |text: String| paragraphs("seo_description", text.trim(), MAX_SEO_DESCRIPTION);
        Ok(Self {
            name: name.transpose()?,
            slug: slug.transpose()?,
            description: description.transpose()?,
            seo_title: line::<200>("seo_title", self.seo_title)?,
            seo_description: optional(self.seo_description, seo_description)?,
            tags: self.tags.map(|tags| field::tags(MAX_TAGS, "tags", &tags)).transpose()?,
            external_id: line::<100>("external_id", self.external_id)?,
            category: self.category,
        })
    }

    /// Sets the fields of a product to validated values.
    pub(super) fn apply(self, aggregate: &mut Aggregate) {
        let product::Model {
            name,
            name_key: key,
            slug,
            description,
            seo_title,
            seo_description,
            external_id,
            ..
        } = &mut aggregate.product;
        if let Some(name) = &self.name {
            *key = name_key(name);
        }
        set(name, self.name);
        set(slug, self.slug);
        set(description, self.description);
        set(seo_title, self.seo_title);
        set(seo_description, self.seo_description);
        set(external_id, self.external_id);
        set(&mut aggregate.product.category_id, self.category);
        set(&mut aggregate.tags, self.tags);
    }
}

/// An optional text on one line.
pub(super) fn line<const MAX: usize>(
    field: &'static str,
    text: Patch<String>,
) -> Result<Patch<String>, InvalidField> {
    optional(text, |text| Line::<0, MAX>::of_field(field, &text).map(String::from))
}

/// An optional text; an empty one is none.
fn optional(
    text: Patch<String>,
    parse: impl Fn(String) -> Result<String, InvalidField>,
) -> Result<Patch<String>, InvalidField> {
    let parse = |text: String| parse(text).map(|text| Some(text).filter(|text| !text.is_empty()));
    Ok(match text {
        None => None,
        Some(text) => Some(text.map(parse).transpose()?.flatten()),
    })
}
