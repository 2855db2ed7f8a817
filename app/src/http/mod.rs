//! The mechanism of pages and server functions: request context, page type, rendering, flash and problem pages.

pub mod act;
pub mod action_error;
pub mod action_form;
pub mod api_route;
pub mod call;
pub mod context;
pub mod flash;
pub mod form_data;
pub mod headers;
pub mod list_query;
pub mod page;
pub mod problem_page;
pub mod problem_response;
pub mod redirect;
pub mod render;
pub mod request;
