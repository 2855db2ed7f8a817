//! Helpers of the page tests: a city with its own database, the real router, and browsers that keep their cookies.

#![allow(dead_code, reason = "each test file uses a part of it")]

use app::{http::context::App, site::router};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use http_body_util::BodyExt;
use leptos::prelude::LeptosOptions;
use server::{
    AppState, Config, Store, Vault,
    account::session::SignedIn,
    http::session_store::{PostgresSessions, SIGNED_IN},
};
use shared::ids::{AccountId, PersonId};
use std::{collections::HashMap, path::PathBuf};
use testing::TestDb;
use tower::ServiceExt;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};
use uuid::Uuid;

/// The city, its router and its database.
pub struct PageCity {
    pub db: TestDb,
    pub state: AppState,
    pub router: Router,
    pub data: PathBuf,
}

/// A response with its complete body.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl PageCity {
    /// A fresh city without people.
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let data = std::env::temp_dir().join(format!("huimin-test-{}", Uuid::now_v7().simple()));
        std::fs::create_dir_all(&data).unwrap();
        Vault::init(&data.join("keys.json")).unwrap();
        let vault = Vault::open_keyring(&data.join("keys.json")).unwrap();
        let store = Store::from_pool(db.app(8), vault).with(testing::test_flow::LIVES);
        let city = AppState::new(store, Config::demo(data.clone()));
        let router = Self::route(&city);
        Self { db, state: city, router, data }
    }

    /// Builds the router for a city, such as a copy with another gate.
    pub fn route(city: &AppState) -> Router {
        let leptos = LeptosOptions::builder().output_name("huimin").site_root("target/site").site_pkg_dir("pkg").build();
        router::service(App { state: city.clone(), leptos })
    }

    /// The same browser with the city's clock this interval ahead.
    pub fn with_clock_offset(&self, interval: &str, browser: &Browser) -> Browser {
        let mut city = self.state.clone();
        city.store = city.store.with_clock_offset(interval);
        Browser { router: Self::route(&city), cookie: browser.cookie.clone() }
    }

    /// A browser that is not signed in.
    pub fn visitor(&self) -> Browser {
        Browser { router: self.router.clone(), cookie: String::new() }
    }
}

/// A browser that is signed in as this account.
pub async fn signed_in(
    store: &Store,
    router: &Router,
    account: AccountId,
    second_factor: bool,
    acting_for: Option<PersonId>,
) -> Browser {
    let signed_in = SignedIn { acting_for, ..SignedIn::now(account, second_factor) };
    let mut record = Record {
        id: Id::default(),
        data: HashMap::from([(SIGNED_IN.to_owned(), serde_json::to_value(signed_in).unwrap())]),
        expiry_date: time::OffsetDateTime::now_utc() + time::Duration::hours(1),
    };
    PostgresSessions::new(store.clone()).create(&mut record).await.unwrap();
    Browser { router: router.clone(), cookie: format!("huimin={}", record.id) }
}

impl Drop for PageCity {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// A browser with its cookies.
#[derive(Clone)]
pub struct Browser {
    pub router: Router,
    pub cookie: String,
}

impl Browser {
    /// Opens a page and looks at its status alone: for streams that do not end.
    pub async fn status(&self, path: &str) -> StatusCode {
        let request = Request::get(path).header(header::ACCEPT, "text/html").header(header::COOKIE, &self.cookie);
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
    }

    /// Sends any request, without the cookies.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            location: parts.headers.get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned()),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT, "text/html").header(header::COOKIE, &self.cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Requests a page as its automatic update does.
    pub async fn renew(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT, "text/html").header(header::COOKIE, &self.cookie);
        self.send(request.header(app::islands::RENEWAL_HEADER, "1").body(Body::empty()).unwrap()).await
    }

    /// Sends a plain form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from("/", path, fields).await
    }

    /// Sends a plain form from this page.
    pub async fn post_from(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_as(page, path, fields, "text/html").await
    }

    /// Calls a server function as an island does.
    pub async fn call(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_as("/", path, fields, "application/json").await
    }

    async fn post_as(&self, page: &str, path: &str, fields: &[(&str, &str)], accept: &str) -> Answer {
        let request = Request::post(path)
            .header(header::ACCEPT, accept)
            .header(header::COOKIE, &self.cookie)
            .header(header::HOST, "localhost")
            .header(header::REFERER, format!("http://localhost{page}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(serde_urlencoded::to_string(fields).unwrap())).unwrap()).await
    }
}
