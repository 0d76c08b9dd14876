//! A client of server-sent events.

use reqwest::{RequestBuilder, Response};

use super::within_a_minute;

/// An open stream of events.
pub(crate) struct Events {
    pub(crate) response: Response,
    buffer: String,
}

impl Events {
    /// Opens the stream that a request asks for.
    pub(crate) async fn open(request: RequestBuilder) -> Self {
        let response = request.header("accept", "text/event-stream").send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{response:?}");
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self { response, buffer: String::new() }
    }

    /// The next event's name and data; `None` at the end. Comments are left out.
    pub(crate) async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                let (event, data) = (field("event:"), field("data:"));
                self.buffer = rest.to_owned();
                match event {
                    Some(event) => return Some((event, data.expect("an event has data"))),
                    None => continue,
                }
            }
            let chunk = within_a_minute("an event", self.response.chunk()).await;
            self.buffer.push_str(std::str::from_utf8(&chunk.unwrap()?).unwrap());
        }
    }

    /// The data of the next event, which has this name.
    pub(crate) async fn expect(&mut self, name: &str) -> serde_json::Value {
        let (found, data) = self.next().await.unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(found, name, "{data}");
        if data.is_empty() { serde_json::Value::Null } else { serde_json::from_str(&data).unwrap() }
    }
}
