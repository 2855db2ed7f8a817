//! A minimal HTTP client for load tests: one keep-alive connection, cookies, no redirects.
//!
//! HTTP/1.1 (RFC 9112) by hand, so that the server is measured and not a client library.

use socket2::{Domain, Socket, Type};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, BufRead, BufReader, Read, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// The timeout of a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);
/// The largest response in bytes.
const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// The `accept` headers of a script and of a page load.
const JSON: (&str, &str) = ("accept", "application/json");
const HTML: (&str, &str) = ("accept", "text/html");
/// The header that browsers send with requests from our own pages.
const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A file to upload.
#[derive(Clone, Copy, Debug)]
pub struct FormFile<'a> {
    /// The name of the form field.
    pub name: &'a str,
    /// The file name.
    pub file_name: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// A complete response.
#[derive(Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as received, possibly compressed.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The browser of one person.
#[derive(Debug)]
pub struct Browser {
    to: SocketAddr,
    from: Ipv4Addr,
    cookies: BTreeMap<String, String>,
    connection: Option<BufReader<TcpStream>>,
}

impl Browser {
    /// A browser that connects from the address `from` to the server at `to`.
    #[must_use]
    pub fn new(to: SocketAddr, from: Ipv4Addr) -> Self {
        Self { to, from, cookies: BTreeMap::new(), connection: None }
    }

    /// A second window: the same cookies, but its own connection.
    #[must_use]
    pub fn window(&self) -> Self {
        Self { cookies: self.cookies.clone(), ..Self::new(self.to, self.from) }
    }

    /// Requests a page. `headers` are pairs such as `("accept", "text/html")`.
    ///
    /// # Errors
    /// When the response is missing or incomplete.
    pub fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
        let head = self.head("GET", path, headers);
        self.exchange(&head, &[])
    }

    /// Posts a form as a script does.
    ///
    /// # Errors
    /// When the response is missing or incomplete; the server may have processed the request.
    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> io::Result<Answer> {
        let body = serde_urlencoded::to_string(form).map_err(io::Error::other)?;
        self.post_body(path, "application/x-www-form-urlencoded", body.as_bytes(), &[JSON, OWN])
    }

    /// Posts a form as a page without scripts does.
    ///
    /// # Errors
    /// As [`Browser::post`].
    pub fn submit(&mut self, path: &str, form: &[(&str, &str)]) -> io::Result<Answer> {
        let body = serde_urlencoded::to_string(form).map_err(io::Error::other)?;
        self.post_body(path, "application/x-www-form-urlencoded", body.as_bytes(), &[HTML, OWN])
    }

    /// Posts a form with files (`multipart/form-data`, RFC 7578).
    ///
    /// # Errors
    /// As [`Browser::post`].
    pub fn post_files(&mut self, path: &str, form: &[(&str, &str)], files: &[FormFile<'_>]) -> io::Result<Answer> {
        const BOUNDARY: &str = "huimin-load-7d1f";
        let mut body = Vec::new();
        for (name, value) in form {
            write!(body, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")?;
        }
        for file in files {
            let FormFile { name, file_name, media_type, bytes } = file;
            write!(
                body,
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {media_type}\r\n\r\n"
            )?;
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        write!(body, "--{BOUNDARY}--\r\n")?;
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.post_body(path, &kind, &body, &[JSON, OWN])
    }

    /// Posts a JSON document as a script does.
    ///
    /// # Errors
    /// As [`Browser::post`].
    pub fn post_json(&mut self, path: &str, document: &serde_json::Value) -> io::Result<Answer> {
        self.post_body(path, "application/json", &serde_json::to_vec(document)?, &[JSON, OWN])
    }

    /// Posts a JSON document as a device does: with its credential and without browser headers.
    ///
    /// # Errors
    /// As [`Browser::post`].
    pub fn post_as_device(&mut self, path: &str, credential: &str, document: &serde_json::Value) -> io::Result<Answer> {
        let bearer = format!("Bearer {credential}");
        self.post_body(path, "application/json", &serde_json::to_vec(document)?, &[JSON, ("authorization", &bearer)])
    }

    /// Opens a stream of server-sent events on its own connection.
    ///
    /// # Errors
    /// When the response is not such a stream.
    pub fn listen(&self, path: &str) -> io::Result<Events> {
        let mut connection = self.connect()?;
        connection.get_mut().write_all(self.head("GET", path, &[("accept", "text/event-stream")]).as_bytes())?;
        let answer = read_head(&mut connection)?;
        let streams = answer.header("content-type").is_some_and(|t| t.starts_with("text/event-stream"));
        if answer.status != 200 || !streams || answer.header("transfer-encoding") != Some("chunked") {
            return Err(broken(&format!("no stream of events but {}", answer.status)));
        }
        Ok(Events { connection, read: Vec::new() })
    }

    fn post_body(&mut self, path: &str, content_type: &str, body: &[u8], more: &[(&str, &str)]) -> io::Result<Answer> {
        let length = body.len().to_string();
        let usual = [("content-type", content_type), ("content-length", length.as_str())];
        let headers: Vec<(&str, &str)> = usual.into_iter().chain(more.iter().copied()).collect();
        let head = self.head("POST", path, &headers);
        self.exchange(&head, body)
    }

    fn head(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\naccept-language: zh-CN\r\n", self.to);
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let _ = write!(head, "cookie: {}\r\n", pairs.join("; "));
        }
        head.push_str("\r\n");
        head
    }

    fn exchange(&mut self, head: &str, body: &[u8]) -> io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(open) => open,
            None => self.connect()?,
        };
        let stream = connection.get_mut();
        if body.is_empty() {
            stream.write_all(head.as_bytes())?;
        } else {
            stream.write_all(&[head.as_bytes(), body].concat())?;
        }
        let answer = read_answer(&mut connection)?;
        for (_, line) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        if answer.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((self.from, 0)).into())?;
        socket.connect_timeout(&self.to.into(), RESPONSE_TIMEOUT)?;
        socket.set_tcp_nodelay(true)?;
        socket.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
        socket.set_write_timeout(Some(RESPONSE_TIMEOUT))?;
        Ok(BufReader::with_capacity(64 * 1024, socket.into()))
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// A line without its line break; a closed connection is an error.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    from.take(64 * 1024).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.pop_if(|b| *b == b'\r');
    String::from_utf8(line).map_err(|_| broken("a header that is no text"))
}

/// A stream of server-sent events (HTML, 9.2).
#[derive(Debug)]
pub struct Events {
    connection: BufReader<TcpStream>,
    /// Received lines that were not returned yet.
    read: Vec<u8>,
}

impl Events {
    /// The lines of the next event; none for a keep-alive comment.
    ///
    /// # Errors
    /// When the stream ends or is silent for too long.
    pub fn next_event(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.read.windows(2).position(|w| w == b"\n\n") {
                let rest = self.read.split_off(end + 2);
                let event = String::from_utf8_lossy(&std::mem::replace(&mut self.read, rest)).trim().to_owned();
                return Ok(event.lines().any(|line| !line.starts_with(':')).then_some(event));
            }
            if !read_chunk(&mut self.connection, &mut self.read)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

fn read_answer(from: &mut impl BufRead) -> io::Result<Answer> {
    let mut answer = read_head(from)?;
    let status = answer.status;
    if answer.header("transfer-encoding") == Some("chunked") {
        while read_chunk(from, &mut answer.body)? {}
    } else if let Some(length) = answer.header("content-length") {
        let length: usize = length.parse().map_err(|_| broken("no length"))?;
        take(from, length, &mut answer.body)?;
    } else if !matches!(status, 204 | 304) {
        return Err(broken("an answer without an end"));
    }
    Ok(answer)
}

/// The status and the headers.
fn read_head(from: &mut impl BufRead) -> io::Result<Answer> {
    let status = line(from)?.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| broken("no status"))?;
    let mut answer = Answer { status, ..Answer::default() };
    loop {
        let line = line(from)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| broken("a header without a name"))?;
        answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(answer)
}

/// Reads the next chunk; false at the end.
fn read_chunk(from: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    let size = line(from)?;
    let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).map_err(|_| broken("no chunk"))?;
    take(from, size, body)?;
    // The line break after the chunk; after the last one, the empty trailer.
    line(from)?;
    Ok(size > 0)
}

fn take(from: &mut impl BufRead, length: usize, into: &mut Vec<u8>) -> io::Result<()> {
    let wanted = u64::try_from(length).map_err(io::Error::other)?;
    if into.len().saturating_add(length) > MAX_RESPONSE_BYTES {
        return Err(broken("an answer without end"));
    }
    let before = into.len();
    from.take(wanted).read_to_end(into)?;
    if into.len() - before == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_read_by_length_or_chunks_and_truncated_ones_are_rejected() {
        let read = |text: &str| read_answer(&mut text.as_bytes());
        let plain = read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi").unwrap();
        assert_eq!((plain.status, plain.text().as_str(), plain.header("x-a")), (200, "hi", Some("b")));
        let chunked =
            read("HTTP/1.1 303 See Other\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n").unwrap();
        assert_eq!(chunked.text(), "abcd");
        for truncated in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi", "HTTP/1.1 200 OK\r\n\r\n"]
        {
            assert!(read(truncated).is_err(), "{truncated:?}");
        }
    }
}
