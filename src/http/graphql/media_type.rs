//! Media types of responses, and which of them a client accepts ([RFC 9110,
//! 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#name-accept)).

use std::cmp::Reverse;

use poem::{Request, http::header};

use crate::http::accepted::accepted;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`, the specification's type.
    GraphqlResponse,
    /// `application/json`, for older clients and those without an `Accept` header.
    Json,
    EventStream,
}

const ALL: [MediaType; 3] = [MediaType::Json, MediaType::GraphqlResponse, MediaType::EventStream];

impl MediaType {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::EventStream => "text/event-stream; charset=utf-8",
        }
    }
}

/// A request's `Accept` headers: media ranges with their weights, none without a header.
pub(super) struct Accept {
    is_missing: bool,
    ranges: Vec<(String, u16)>,
}

impl Accept {
    pub(super) fn of(request: &Request) -> Self {
        let mut values = request.headers().get_all(header::ACCEPT).iter();
        let is_missing = values.all(|value| value.as_bytes().trim_ascii().is_empty());
        let mut ranges = accepted(request.headers(), header::ACCEPT);
        ranges.retain(|(range, _)| ALL.into_iter().any(|ty| matches(range, ty)));
        Self { is_missing, ranges }
    }

    /// The type with the highest weight; of several the one that is named first; JSON without the header.
    pub(super) fn preferred(&self) -> Option<MediaType> {
        if self.is_missing {
            return Some(MediaType::Json);
        }
        // Of types with the same weight the one that is named first; of those that match one wildcard, the first in
        // `ALL`.
        let position = |ty: MediaType| self.ranges.iter().position(|(range, _)| matches(range, ty));
        let taken = ALL.into_iter().filter(|ty| self.weight(*ty) > 0);
        taken.min_by_key(|ty| (Reverse(self.weight(*ty)), position(*ty)))
    }

    /// Whether the client accepts this type at all.
    pub(super) fn takes(&self, media_type: MediaType) -> bool {
        self.is_missing || self.weight(media_type) > 0
    }

    /// The weight of the most specific range that matches.
    fn weight(&self, media_type: MediaType) -> u16 {
        let matching = self.ranges.iter().filter(|(range, _)| matches(range, media_type));
        matching.min_by_key(|(range, _)| range.matches('*').count()).map_or(0, |(_, weight)| *weight)
    }
}

fn matches(range: &str, media_type: MediaType) -> bool {
    let (essence, _) = media_type.content_type().split_once(';').unwrap_or_default();
    match range.split_once('/') {
        Some(("*", "*")) => true,
        Some((kind, "*")) => essence.split_once('/').is_some_and(|(own, _)| own == kind),
        _ => range == essence,
    }
}

#[cfg(test)]
mod tests {
    use super::{MediaType::*, *};

    fn accept(texts: &[&str]) -> Accept {
        let request = texts.iter().fold(Request::builder(), |request, text| request.header("accept", *text));
        Accept::of(&request.finish())
    }

    #[test]
    fn the_heaviest_type_wins_then_the_first() {
        for (text, expected) in [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json", Some(Json)),
            ("Application/JSON; charset=UTF-8", Some(Json)),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            ("application/graphql-response+json, application/json;q=0.9", Some(GraphqlResponse)),
            ("application/json;q=0.9,application/graphql-response+json", Some(GraphqlResponse)),
            ("application/json, application/graphql-response+json;q=0.5", Some(Json)),
            ("application/json, application/graphql-response+json", Some(Json)),
            ("application/json;q=0, */*;q=0.1", Some(GraphqlResponse)),
            ("application/json;q=0.1, */*", Some(GraphqlResponse)),
            ("*/*, application/graphql-response+json;q=0.1", Some(Json)),
            ("application/graphql-response+json;q=0.4, */*;q=0.5", Some(Json)),
            ("text/html, */*;q=0.1", Some(Json)),
            ("text/event-stream", Some(EventStream)),
            ("text/event-stream, application/json;q=0.1", Some(EventStream)),
            ("application/json, text/event-stream", Some(Json)),
            ("text/*", Some(EventStream)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json; charset=utf-16", None),
            ("application/json;q=2", None),
            ("*/*;q=0", None),
        ] {
            let texts: &[&str] = if text.is_empty() { &[] } else { &[text] };
            assert_eq!(accept(texts).preferred(), expected, "{text}");
        }
        assert_eq!(accept(&["text/html", "application/json"]).preferred(), Some(Json));
    }

    #[test]
    fn a_type_is_taken_unless_it_is_not_named_or_weighs_nothing() {
        assert!(accept(&[]).takes(EventStream));
        assert!(accept(&["*/*"]).takes(EventStream));
        assert!(accept(&["application/json, text/event-stream;q=0.1"]).takes(EventStream));
        assert!(!accept(&["application/json"]).takes(EventStream));
        assert!(!accept(&["*/*, text/event-stream;q=0"]).takes(EventStream));
    }
}
