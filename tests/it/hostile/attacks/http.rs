//! Broken, odd and endless HTTP/1, and what may stand in bodies, headers and URLs.

use super::{Attack, Then, attack, body, get, many, post_with};

pub(super) fn lines() -> Vec<Attack> {
    let long = "a".repeat(70_000);
    [
        ("nothing", String::new()),
        ("line ends", "\r\n".repeat(5_000)),
        ("one word", "GET\r\n\r\n".to_owned()),
        ("HTTP/0.9", "GET /\r\n\r\n".to_owned()),
        ("HTTP/1.0", "GET /graphql HTTP/1.0\r\n\r\n".to_owned()),
        ("HTTP/1.2", "GET /graphql HTTP/1.2\r\nHost: x\r\n\r\n".to_owned()),
        ("HTTP/9", "GET /graphql HTTP/9.9\r\nHost: x\r\n\r\n".to_owned()),
        ("HTTP/2.0 without its preface", "GET /graphql HTTP/2.0\r\nHost: x\r\n\r\n".to_owned()),
        ("no version", "GET /graphql \r\nHost: x\r\n\r\n".to_owned()),
        ("another protocol", "SSH-2.0-OpenSSH_9.9\r\n".to_owned()),
        ("TLS", "\x16\x03\x01\x02\0\x01\0\x01\x7f\x03\x03".to_owned()),
        ("NUL", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("a method of 64 KB", format!("{long} / HTTP/1.1\r\nHost: x\r\n\r\n")),
        ("a method of signs", "G@T / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("a path of 64 KB", format!("GET /{long} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
        ("a path with no slash", "GET graphql HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        (
            "a path with points",
            "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        ),
        (
            "a path with escaped points",
            "GET /assets/%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                .to_owned(),
        ),
        (
            "a path with broken escapes",
            "GET /assets/%zz%f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        ),
        (
            "an absolute URI",
            "GET http://elsewhere.example/graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                .to_owned(),
        ),
        ("CONNECT", "CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned()),
        ("TRACE", "TRACE /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned()),
        ("PATCH", "PATCH /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned()),
        ("a header cut off", "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Ty".to_owned()),
        ("requests in one go", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2_000)),
    ]
    .map(|(name, text)| attack(format!("line: {name}"), Then::End, text))
    .into()
}

pub(super) fn heads() -> Vec<Attack> {
    let head = |lines: &str| format!("GET /graphql HTTP/1.1\r\n{lines}\r\n");
    let x = |count| "x".repeat(count);
    [
        ("none", String::new()),
        ("no Host", "Accept: */*\r\n".to_owned()),
        ("two Hosts", "Host: a\r\nHost: b\r\n".to_owned()),
        ("a Host of signs", "Host: //:99999\r\n".to_owned()),
        ("a Host of 60 KB", format!("Host: {}\r\n", x(60_000))),
        ("one of 64 KB", format!("Host: x\r\nX: {}\r\n", x(65_536))),
        ("one of 1 MB", format!("Host: x\r\nX: {}\r\n", x(1 << 20))),
        ("a name of 64 KB", format!("Host: x\r\n{}: 1\r\n", x(65_536))),
        ("101", format!("Host: x\r\n{}", many(101, |n| format!("x{n}: 1\r\n")))),
        ("10,000", format!("Host: x\r\n{}", many(10_000, |n| format!("x{n}: 1\r\n")))),
        ("10,000 of one name", format!("Host: x\r\n{}", "a: 1\r\n".repeat(10_000))),
        ("folded", "Host: x\r\nA: 1\r\n  2\r\n\t3\r\n".to_owned()),
        ("no colon", "Host x\r\n".to_owned()),
        ("no name", ": 1\r\n".to_owned()),
        ("a space before the colon", "Host : x\r\n".to_owned()),
        ("bare CR", "Host: x\rA: 1\r\n".to_owned()),
        ("bare LF", "Host: x\nConnection: close\n\n".to_owned()),
        ("control characters", "Host: x\r\nA: \x01\x02\x7f\r\n".to_owned()),
        ("NUL", "Host: x\r\nA: \0\r\n".to_owned()),
        ("Upgrade to HTTP/2", "Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n".to_owned()),
        ("Upgrade to nonsense", "Host: x\r\nConnection: Upgrade\r\nUpgrade: nonsense/1\r\n".to_owned()),
        ("Expect nonsense", "Host: x\r\nExpect: the-spanish-inquisition\r\n".to_owned()),
        ("Range", "Host: x\r\nRange: bytes=0-0,1-1,-99999999999999999999\r\n".to_owned()),
    ]
    .map(|(name, lines)| attack(format!("headers: {name}"), Then::End, head(&lines)))
    .into()
}

pub(super) fn lengths() -> Vec<Attack> {
    const BODY: &str = r#"{"query":"{me{id}}"}"#;
    let post = |lines: &str, body: &str| {
        format!("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}\r\n{body}")
    };
    let chunked = |body: &str| post("Transfer-Encoding: chunked\r\n", body);
    let smuggled = "0\r\n\r\nGET /graphql HTTP/1.1\r\nHost: smuggled\r\n\r\n";
    [
        ("none", post("", BODY)),
        ("empty", post("Content-Length:\r\n", BODY)),
        ("negative", post("Content-Length: -1\r\n", BODY)),
        ("with a sign", post("Content-Length: +20\r\n", BODY)),
        ("hexadecimal", post("Content-Length: 0x14\r\n", BODY)),
        ("huge", post("Content-Length: 18446744073709551615\r\n", BODY)),
        ("beyond 64 bits", post("Content-Length: 99999999999999999999999\r\n", BODY)),
        ("1 GB announced", post("Content-Length: 1000000000\r\n", BODY)),
        ("two that differ", post("Content-Length: 20\r\nContent-Length: 21\r\n", BODY)),
        ("two alike", post("Content-Length: 20\r\nContent-Length: 20\r\n", BODY)),
        ("a list", post("Content-Length: 20, 20\r\n", BODY)),
        ("too short", post("Content-Length: 3\r\n", BODY)),
        ("too long", post("Content-Length: 200\r\n", BODY)),
        ("and chunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", smuggled)),
        ("after chunked", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", smuggled)),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", smuggled)),
        ("chunked and identity", post("Transfer-Encoding: chunked, identity\r\n", smuggled)),
        ("chunked in disguise", post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", smuggled)),
        ("chunked with a tab", post("Transfer-Encoding:\tchunked\r\n", smuggled)),
        ("gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", smuggled)),
        ("a chunk of no number", chunked("xyz\r\n\r\n")),
        ("a negative chunk", chunked("-1\r\nab\r\n0\r\n\r\n")),
        ("a chunk beyond 64 bits", chunked("fffffffffffffffff\r\na")),
        ("a huge chunk", chunked("7fffffffffffffff\r\na")),
        ("a chunk without an end", chunked("5\r\nabcdefgh\r\n0\r\n\r\n")),
        ("chunks of one byte", chunked(&format!("{}0\r\n\r\n", "1\r\n \r\n".repeat(40_000)))),
        ("chunks without an end", chunked(&"1\r\n \r\n".repeat(40_000))),
        ("a chunk's extension of 64 KB", chunked(&format!("1;{}\r\n \r\n0\r\n\r\n", "e".repeat(65_536)))),
        ("extensions at every chunk", chunked(&"1;abcdefghijklmnop\r\n \r\n".repeat(10_000))),
        ("10,000 trailers", chunked(&format!("0\r\n{}\r\n", many(10_000, |n| format!("t{n}: 1\r\n"))))),
        (
            "in HTTP/1.0 chunked",
            "POST /graphql HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        ),
    ]
    .map(|(name, text)| attack(format!("length: {name}"), Then::End, text))
    .into()
}

pub(super) fn bodies() -> Vec<Attack> {
    let query = |rest: &str| format!(r#"{{"query":"{{me{{id}}}}",{rest}}}"#);
    let mut attacks: Vec<_> = [
        ("empty", String::new()),
        ("250 KB of {", "{".repeat(250_000)),
        ("250 KB of [", "[".repeat(250_000)),
        ("250 KB of blanks", " ".repeat(250_000)),
        ("too large", " ".repeat(300_000)),
        ("a number", "1e999999".to_owned()),
        ("a text", "\"query\"".to_owned()),
        ("a byte order mark", format!("\u{feff}{}", query("\"a\":1"))),
        ("numbers without bounds", query(r#""variables":{"a":1e999999,"b":-1e999999}"#)),
        ("a number of 200 KB", query(&format!(r#""variables":{{"a":{}}}"#, "9".repeat(200_000)))),
        ("a fraction of 200 KB", query(&format!(r#""variables":{{"a":0.{}}}"#, "9".repeat(200_000)))),
        ("NaN", query(r#""variables":{"a":NaN}"#)),
        ("one key twice", query(r#""query":"{me{id}}""#)),
        ("10,000 keys alike", query(&vec![r#""variables":null"#; 10_000].join(","))),
        ("20,000 keys", query(&(0..20_000).map(|n| format!(r#""{n}":0"#)).collect::<Vec<_>>().join(","))),
        ("two ids", r#"{"id":"a","doc_id":"b","documentId":"c"}"#.to_owned()),
        ("100,000 levels", query(&format!(r#""variables":{{"a":{}"#, "[".repeat(100_000)))),
        ("100,000 levels beside", query(&format!(r#""other":{}"#, r#"{"a":"#.repeat(40_000)))),
        (
            "120 levels of extensions",
            query(&format!(r#""extensions":{{"a":{}1{}}}"#, "[".repeat(120), "]".repeat(120))),
        ),
        ("80,000 lists", query(&format!(r#""extensions":{{"a":[{}]}}"#, vec!["[]"; 80_000].join(",")))),
        ("half a surrogate", r#"{"query":"\ud800"}"#.to_owned()),
        ("the other half", r#"{"query":"\udc00\ud800"}"#.to_owned()),
        ("broken escapes", r#"{"query":"\x\u12"}"#.to_owned()),
        ("control characters", "{\"query\":\"\x01\n\"}".to_owned()),
        ("a text of 250 KB without an end", format!("{{\"query\":\"{}", "x".repeat(250_000))),
        ("a comment", "/* */ {}".to_owned()),
        ("a wrong type of 200 KB", format!(r#"{{"extensions":"{}"}}"#, "x".repeat(200_000))),
        ("a batch of 10,000", format!("[{}]", vec![r#"{"query":"{a}"}"#; 10_000].join(","))),
        ("batches in batches", format!("{}{}", "[".repeat(100), "]".repeat(100))),
        ("an empty batch", "[]".to_owned()),
    ]
    .map(|(name, text)| body(format!("body: {name}"), text))
    .into();
    let other = |name: &str, headers: &str, bytes: &[u8]| {
        attack(format!("body: {name}"), Then::Read, post_with(headers, bytes))
    };
    // 100 KB that would unpack to 100 MB.
    let bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
        .iter()
        .copied()
        .chain(b"\xec\xc1\x01\x01\0\0".repeat(16_000))
        .collect::<Vec<_>>();
    attacks.extend([
        other("no UTF-8", "", b"{\"query\":\"\xff\xfe\"}"),
        other("too long UTF-8", "", b"{\"query\":\"\xc0\x80\xf0\x80\x80\xaf\"}"),
        other("UTF-16", "", b"{\0\"\0q\0"),
        other("a gzip bomb", "Content-Encoding: gzip\r\n", &bomb),
        other("a gzip bomb that nobody tells of", "", &bomb),
        other("coded five times", "Content-Encoding: gzip, br, deflate, gzip, br\r\n", b"{}"),
        attack(
            "body: a form",
            Then::Read,
            String::from_utf8(post_with("", "--x\r\n"))
                .unwrap()
                .replace("application/json", "multipart/form-data; boundary=x"),
        ),
        attack(
            "body: a type of 60 KB",
            Then::Read,
            String::from_utf8(post_with("", "{}"))
                .unwrap()
                .replace("application/json", &format!("application/json;{}", "a=b;".repeat(15_000))),
        ),
        attack(
            "body: another charset",
            Then::Read,
            String::from_utf8(post_with("", "{}"))
                .unwrap()
                .replace("application/json", "application/json;charset=utf-7"),
        ),
    ]);
    attacks
}

pub(super) fn headers() -> Vec<Attack> {
    let mut attacks: Vec<_> = [
        ("Accept of 10,000 ranges", format!("Accept: {}\r\n", "a/b,".repeat(10_000))),
        ("Accept of 20,000 ranges that match", format!("Accept: {}\r\n", "*/*;q=0,".repeat(20_000))),
        ("Accept of 20,000 commas", format!("Accept: {}\r\n", ",".repeat(20_000))),
        ("Accept of 10,000 parameters", format!("Accept: application/json{}\r\n", ";a=b".repeat(10_000))),
        ("Accept of 90 headers", many(90, |n| format!("Accept: a/{n}\r\n"))),
        ("q=NaN", "Accept: application/json;q=NaN\r\n".to_owned()),
        ("q=inf", "Accept: application/json;q=inf, */*;q=-inf\r\n".to_owned()),
        ("q=1e400", "Accept: application/json;q=1e400\r\n".to_owned()),
        ("q=1e-400", "Accept: application/json;q=1e-400\r\n".to_owned()),
        ("q of 50 KB", format!("Accept: application/json;q=0.{}\r\n", "0".repeat(50_000))),
        ("Accept that is none", "Accept: ///;;;q,=,*\r\n".to_owned()),
        ("Accept-Encoding of 10,000", format!("Accept-Encoding: {}\r\n", "br;q=0.1,".repeat(10_000))),
        ("Accept-Encoding: nothing at all", "Accept-Encoding: *;q=0, identity;q=0\r\n".to_owned()),
        ("Accept-Encoding: q=NaN", "Accept-Encoding: gzip;q=NaN, br;q=nan\r\n".to_owned()),
        ("Authorization of 60 KB", format!("Authorization: Bearer {}\r\n", "x".repeat(60_000))),
        ("Authorization of blanks", format!("Authorization: Bearer {}x\r\n", " ".repeat(60_000))),
        ("Authorization twice", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n".to_owned()),
        ("Authorization of no kind", "Authorization: \u{e9}\r\n".to_owned()),
        ("10,000 cookies", format!("Cookie: {}\r\n", "a=b;".repeat(10_000))),
        ("our cookie 1,000 times", format!("Cookie: {}\r\n", "__Host-bodega=x;".repeat(1_000))),
        ("a cookie that is none", "Cookie: ===;;;__Host-bodega\r\n".to_owned()),
        ("X-Forwarded-For", format!("X-Forwarded-For: {}\r\n", "nonsense,::1,999.9.9.9,".repeat(2_000))),
        ("an id with a line end", "X-Request-Id: a%0d%0ab\r\n".to_owned()),
        ("an id of 60 KB", format!("X-Request-Id: {}\r\n", "a".repeat(60_000))),
        ("an id that colours", "X-Request-Id: \x1b[31m\r\n".to_owned()),
        (
            "traceparent",
            "traceparent: 00-zzzz-ffffffffffffffffffffffffff-01-extra\r\ntracestate: =,=,=\r\n".to_owned(),
        ),
        ("baggage of 60 KB", format!("baggage: {}\r\n", "a=b,".repeat(15_000))),
        ("an origin that is none", "Origin: null\r\n".to_owned()),
        ("an origin of 60 KB", format!("Origin: https://{}\r\n", "a.".repeat(30_000))),
        ("cost", "X-GraphQL-Cost: \u{e9}\r\n".to_owned()),
        ("a condition", "If-None-Match: *\r\nIf-Modified-Since: yesterday\r\n".to_owned()),
    ]
    .map(|(name, lines)| attack(format!("header: {name}"), Then::Read, get(&lines)))
    .into();
    let preflight = |lines: &str| {
        format!(
            "OPTIONS /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: https://evil.example\r\n{lines}\r\n"
        )
    };
    attacks.push(attack(
        "header: a preflight",
        Then::Read,
        preflight("Access-Control-Request-Method: POST\r\n"),
    ));
    let lines = format!(
        "Access-Control-Request-Method: \u{e9}\r\nAccess-Control-Request-Headers: {}\r\n",
        "a,".repeat(20_000)
    );
    attacks.push(attack("header: a preflight of 20,000 headers", Then::Read, preflight(&lines)));
    attacks
}

pub(super) fn urls() -> Vec<Attack> {
    [
        ("a document of 60 KB", format!("query={}", "a".repeat(60_000))),
        ("escapes of 60 KB", format!("query={}", "%7B".repeat(20_000))),
        ("broken escapes", format!("query=%7Bme%{}", "%zz%f".repeat(1_000))),
        ("no UTF-8", "query=%ff%fe%c0%80".to_owned()),
        ("10,000 parameters", "a=b&".repeat(10_000)),
        ("10,000 documents", "query=%7Bme%7D&".repeat(4_000)),
        ("nothing but &", "&".repeat(60_000)),
        ("variables that are none", "query=%7Bme%7Bid%7D%7D&variables=%5B%5B%5B".to_owned()),
        ("deep variables", format!("query=%7Bme%7Bid%7D%7D&variables={}", "%7B%22a%22:".repeat(5_000))),
        ("extensions that are none", "query=%7Bme%7Bid%7D%7D&extensions=1".to_owned()),
        ("a mutation", "query=mutation%7Blogout%7BloggedOut%7D%7D".to_owned()),
        ("a subscription", "query=subscription%7BsessionRevoked%7Bat%7D%7D".to_owned()),
        ("a token of 60 KB", format!("token={}", "a".repeat(60_000))),
        ("plus signs", format!("query={}", "+".repeat(60_000))),
        ("NUL", "query=%7Bme%7Bid%7D%7D%00".to_owned()),
    ]
    .map(|(name, query)| {
        let text = format!("GET /graphql?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: application/json\r\n\r\n");
        attack(format!("URL: {name}"), Then::Read, text)
    })
    .into()
}
