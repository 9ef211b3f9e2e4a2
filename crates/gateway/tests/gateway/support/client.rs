//! Requests as bytes, so that the tests do not depend on a client of the protocol.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Sends requests to one gateway.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// A status and what was said.
pub type Answer = (u16, Value);

impl Client {
    pub fn new(url: &str, token: &str) -> Self {
        Self { http: reqwest::Client::new(), url: url.to_owned(), token: token.to_owned() }
    }

    /// The same with another token.
    pub fn by(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// A request to a path, with the token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(&self.token)
    }

    /// The same without the token.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        answer(self.request(Method::POST, path).body(body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    /// One command, its words apart by spaces.
    pub async fn run(&self, words: &str) -> Answer {
        self.post("/", json!(split(words)).to_string()).await
    }

    /// The result of a command that must succeed.
    pub async fn ok(&self, words: &str) -> Value {
        match self.run(words).await {
            (200, said) => said["result"].clone(),
            other => panic!("{words}: {other:?}"),
        }
    }

    /// The error of a command that must fail as Redis fails.
    pub async fn error(&self, words: &str) -> String {
        match self.run(words).await {
            (400, said) => said["error"].as_str().unwrap().to_owned(),
            other => panic!("{words}: {other:?}"),
        }
    }

    /// Several commands to `/pipeline` or `/multi-exec`.
    pub async fn many(&self, path: &str, commands: &[&str]) -> Answer {
        let commands: Vec<Vec<&str>> = commands.iter().map(|words| split(words)).collect();
        self.post(path, json!(commands).to_string()).await
    }

    pub async fn pipeline(&self, commands: &[&str]) -> Answer {
        self.many("/pipeline", commands).await
    }

    pub async fn transaction(&self, commands: &[&str]) -> Answer {
        self.many("/multi-exec", commands).await
    }

    pub async fn health(&self) -> Answer {
        answer(self.bare(Method::GET, "/health")).await
    }
}

fn split(words: &str) -> Vec<&str> {
    words.split(' ').collect()
}

/// Sends a request; an answer that is no JSON is shown as the string that it is.
pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
