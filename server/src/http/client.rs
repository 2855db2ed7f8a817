//! The client address of a request. The header of a proxy is trusted only from configured proxies.

use crate::Config;
use axum::{extract::ConnectInfo, http::request::Parts};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The client's address: the last hop that is not one of our proxies.
#[must_use]
pub fn address(parts: &Parts, config: &Config) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |c| c.0.ip());
    if !config.proxies.contains(&peer) {
        return peer;
    }
    let forwarded = parts.headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()).unwrap_or_default();
    forwarded
        .rsplit(',')
        .filter_map(|hop| hop.trim().parse::<IpAddr>().ok())
        .find(|hop| !config.proxies.contains(hop))
        .unwrap_or(peer)
}
