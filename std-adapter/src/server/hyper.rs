//! Inside an HTTP server that is built on hyper, axum for instance: it reads the requests, and the drain is ours.

use std::net::SocketAddr;

use ::hyper::upgrade::OnUpgrade;
use tokio::time::timeout;
use tungstenite::http::{Request, Response, StatusCode};

use super::accepting::welcome;
use super::connection::{Entrance, Stay, link};
use super::house::Refused;
use super::{Server, Upgrade, answer};
use crate::ws::Protocol;

impl<P: Protocol> Server<P> {
    /// Answers a request that an HTTP server has read: 101, and the connection lives here from then on, or a refusal. To be called in
    /// a route's handler, which returns the answer. `remote`: whence it came, for the limit by address.
    ///
    /// What such a server lacks is then had by [`Server::drain`]: its own graceful shutdown knows nothing of upgraded connections.
    ///
    /// ```
    /// # use relink_tokio::server::{Plan, Server};
    /// # async fn example(listener: tokio::net::TcpListener) -> std::io::Result<()> {
    /// let server = Server::builder().serve(|mut session| async move { while session.next().await.is_some() {} });
    /// let sockets = server.clone();
    /// let app = axum::Router::new()
    ///     .route("/ready", axum::routing::get(|| async { "yes" }))
    ///     .route("/socket", axum::routing::any(move |request: axum::extract::Request| async move { sockets.upgrade(request, None).await }));
    /// axum::serve(listener, app)
    ///     .with_graceful_shutdown(async move {
    ///         relink_tokio::server::terminated().await;
    ///         server.drain(Plan::DEFAULT).await;
    ///     })
    ///     .await
    /// # }
    /// ```
    pub async fn upgrade<B>(&self, request: Request<B>, remote: Option<SocketAddr>) -> Response<String> {
        let house = &self.house;
        house.counters.accepted.add(1);
        let (mut parts, _) = request.into_parts();
        let upgraded = parts.extensions.remove::<OnUpgrade>();
        let mut link = link(house, None, remote);
        let line = link.2.transport_mut().line.clone();
        let stay = Stay::begin(house, &mut link, remote);
        let key = stay.as_ref().map(Stay::key).map_err(|refused| *refused);
        // As where the request is read here: a gate that hangs holds no place for ever.
        let limit = house.settings.config.opening_timeout.as_duration();
        let judged = tokio::select! {
            biased;
            judged = timeout(limit, welcome(house, &line, key, Upgrade::new(parts, remote))) => judged.unwrap_or_else(|_| {
                Err(super::Rejection::new(StatusCode::REQUEST_TIMEOUT, format!("the request was not judged within {limit:?}")))
            }),
            // Nor does it hold up the end of a drain.
            () = house.over() => Err(house.rejection(Refused::Draining)),
        };
        let rejection = match (judged, stay, upgraded) {
            (Ok((response, subprotocol)), Ok(stay), Some(upgraded)) => {
                link.2.transport_mut().entrance = Some(Entrance::Upgraded(upgraded, subprotocol));
                stay.spawn(link);
                return response;
            }
            (Err(rejection), ..) => rejection,
            (Ok(_), ..) => super::Rejection::bad_request("this connection cannot be upgraded"),
        };
        house.counters.rejected(rejection.status);
        line.refused(&rejection);
        answer::rejected(&rejection)
    }
}
