//! `rapport page`: a link by which a colleague comes to the pages of the house. Works beside the service.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_storage::Access;
use rapport_storage::visits::{LINK_LASTS, Via};
use serde_json::json;

use super::Common;
use super::user::colleague;
use crate::http::link_to_desk;

/// For whom.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport page ruth")]
pub(crate) struct Page {
    /// The colleague's short name
    user: String,
}

impl Page {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let config = common.config()?;
        let base = config.http.desk_base().context(
            "no pages are served: set http.listen and http.public_url in the configuration, such as \
             listen = \"127.0.0.1:8080\"",
        )?;
        let user = colleague(common, &config, &self.user).await?;
        let store = common.store(Access::Amend).await?;
        let link = link_to_desk(&base, &store.make_visit(user.id, Via::Operator).await?);
        let until = store.clock().now().plus(LINK_LASTS);
        store.close().await;
        if common.json {
            println!("{}", json!({ "user": self.user, "link": link, "expires_at": until }));
            return Ok(ExitCode::SUCCESS);
        }
        println!("{link}");
        eprintln!("It opens the pages once, until {until}, in the browser of whoever has it.");
        Ok(ExitCode::SUCCESS)
    }
}
