//! The `huimin` binary: parses the command line and runs the subcommand.

use clap::Parser;

fn main() -> std::process::ExitCode {
    app::commands::run(app::commands::Huimin::parse())
}
