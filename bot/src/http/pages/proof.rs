//! By a link that was mailed to the address held of them, a customer says that it is they who ask.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use rapport_model::privacy::{DataRight, ProvenBy, RequestState};
use rapport_model::time::DAY;
use rapport_model::{Change, Kind, Record, RecordRef};
use rapport_prompts::Sheet;
use rapport_storage::work::Work;
use rapport_workflows::requests::{is_open, rights_of, state_of};

use super::super::links::{Link, Page};
use super::{Problem, Visit};

/// How long somebody can say so after they asked: the longest time that a house has for an answer.
const PROOF_VALID: i64 = 100 * DAY;

/// Shows what was asked for.
pub(super) async fn ask(mut visit: Visit, Path(token): Path<String>) -> Response {
    let done = visit.ask_proof(&token).await;
    visit.answer(done)
}

/// Notes that it was they.
pub(super) async fn act(mut visit: Visit, Path(token): Path<String>, _body: Bytes) -> Response {
    let done = visit.prove(&token).await;
    visit.answer(done)
}

impl Visit {
    async fn ask_proof(&mut self, token: &str) -> Result<Response, Problem> {
        let (path, request) = self.request(token).await?;
        Ok(match state_of(&request) {
            RequestState::Open => {
                let rights: Vec<DataRight> = rights_of(&request);
                self.say(StatusCode::OK, Sheet::Proof { action: &path, rights: &rights })
            }
            _ => self.say(StatusCode::OK, Sheet::Proven),
        })
    }

    async fn prove(&mut self, token: &str) -> Result<Response, Problem> {
        let (_, request) = self.request(token).await?;
        if state_of(&request) == RequestState::Open {
            let store = self.store();
            let now = store.clock().now();
            let change = Change::update(request.record)
                .set("state", request.text("state"), RequestState::Verified.name())
                .set("proven_by", request.get("proven_by").clone(), ProvenBy::Link.name())
                .set("proven_at", request.get("proven_at").clone(), now);
            store.commit(vec![Work::of(store.act("proof"), vec![change])]).await?;
            // It is proven; that nobody could be told of it is nothing to the customer.
            if let Err(e) = self.shared.app.tell_proven(&request).await {
                tracing::error!(channel = "http", error = %e, "nobody was told of a proof");
            }
            tracing::info!(channel = "http", record.id = %request.record.id, "proven by a link");
        }
        Ok(self.say(StatusCode::OK, Sheet::Proven))
    }

    /// Finds the request that a link is about, of the customer whose link it is.
    async fn request(&mut self, token: &str) -> Result<(String, Record), Problem> {
        let (link, customer) = self.follow(Page::Proof, token).await?;
        let path = link.path(self.store());
        let Link::Proof(proof) = link else { return Err(Problem::Wrong) };
        let request = self.store().record(RecordRef::new(Kind::PrivacyRequest, proof.request)).await?;
        let request = request.filter(|request| !request.deleted).ok_or(Problem::Wrong)?;
        let of = request.get("customer").id().ok_or(Problem::Wrong)?;
        let of = self.store().merged_into(RecordRef::new(Kind::Customer, of)).await?;
        if of != customer.record {
            return Err(Problem::Wrong);
        }
        let now = self.store().clock().now();
        if now.since(proof.request.made_at()) > PROOF_VALID && is_open(&request) {
            return Err(Problem::Expired { valid: PROOF_VALID });
        }
        Ok((path, request))
    }
}
