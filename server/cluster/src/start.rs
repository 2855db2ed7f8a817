//! Starting a cluster, or adopting the one that is already running.

use crate::{
    binaries::{Binaries, Search},
    error::ClusterError,
    initialise,
    layout::ClusterPaths,
    locks,
    options::Options,
    process,
};
use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
};

/// Starts the cluster, creating it first when there is none, or adopts the running one. Returns the shared lock that
/// makes this process a user of it.
pub(crate) fn start_or_adopt(paths: &ClusterPaths, options: Options) -> Result<File, ClusterError> {
    let version = paths.data_version();
    let binaries = Binaries::find(&Search::machine(), version.as_deref(), &paths.data())?;
    let _guard = locks::exclusive(paths)?;
    let user_lock = locks::shared(paths)?;
    bring_up(paths, &binaries, options)?;
    Ok(user_lock)
}

fn bring_up(paths: &ClusterPaths, binaries: &Binaries, options: Options) -> Result<(), ClusterError> {
    if let Some(running) = process::wait_until_settled(paths)? {
        return match options.tcp_port {
            Some(port) if !(running.tcp && running.port == port) => Err(ClusterError::OtherPort(port)),
            _ => Ok(()),
        };
    }
    if let Some(port) = options.tcp_port {
        // Checked here because Postgres reports a port in use only in its log.
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|_| ClusterError::PortTaken(port))?;
    }
    if !paths.data().exists() {
        initialise::create_cluster(paths, binaries, options)?;
    }
    paths.open_socket_dir()?;
    process::clear_leftovers(paths)?;
    process::start(paths, binaries, options)?;
    if options.disposable { process::spawn_watcher(paths, binaries) } else { Ok(()) }
}
