//! Owns what is created on the server: names, limits, and that nothing of it is ever changed.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::stream::{Config, ConsumerCreateStrictErrorKind, DiscardPolicy, RetentionPolicy, Stream};
use async_nats::jetstream::{Context, ErrorCode};

use super::Shared;
use super::answer::server;
use super::line::Line;
use crate::{Fault, Group, Lane, Settings};

const CREATE: &str = "create the streams";
/// What the server notes when something was delivered too often.
pub(super) const ADVISORY: &str = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES";
/// The server remembers ids for two minutes where nothing is said, which must not be longer than the messages are kept.
const DEFAULT_WINDOW: Duration = Duration::from_secs(120);

pub(super) fn lease_subject(name: &Group, group: &Group) -> String {
    format!("$KV.{name}-leases.{group}")
}

/// No group's name has a dot in it.
pub(super) fn member_subject(name: &Group, group: &Group, member: &str) -> String {
    format!("$KV.{name}-leases.here.{group}.{member}")
}

pub(super) fn lane_subject(name: &Group, Lane { group, number }: Lane<'_>) -> String {
    format!("{name}.ev.{group}.{number}")
}

/// Where what needs no fence goes.
pub(super) fn unfenced_subject(name: &Group, partition: u16) -> String {
    format!("{name}.un.{partition}")
}

pub(super) fn question_subject(name: &Group) -> String {
    format!("{name}.ask")
}

pub(super) fn dead_subject(name: &Group) -> String {
    format!("{name}.dead")
}

pub(super) fn queue_name(name: &Group) -> String {
    format!("{name}-queue")
}

pub(super) async fn streams(
    line: &Line,
    context: &Context,
    settings: &Settings,
    name: &Group,
    replicas: u8,
) -> Result<(Stream<()>, Stream<()>, Stream<()>), Fault> {
    let num_replicas = usize::from(replicas.max(1));
    let leases = leases(settings, name);
    let queue = queue(settings, name);
    let dead = dead(settings, name);
    Ok((
        create(line, context, Config { num_replicas, ..leases }).await?,
        create(line, context, Config { num_replicas, ..queue }).await?,
        create(line, context, Config { num_replicas, ..dead }).await?,
    ))
}

/// A bucket as key-value clients know it, but without reads that a follower may answer.
fn leases(settings: &Settings, name: &Group) -> Config {
    Config {
        name: format!("KV_{name}-leases"),
        subjects: vec![format!("$KV.{name}-leases.>")],
        max_messages_per_subject: 1,
        max_age: settings.lease,
        duplicate_window: settings.lease.min(DEFAULT_WINDOW),
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        ..Config::default()
    }
}

/// Limits retention: a work queue would keep for ever what was delivered too often, and forget the ids of what was acknowledged.
fn queue(settings: &Settings, name: &Group) -> Config {
    Config {
        name: queue_name(name),
        subjects: vec![format!("{name}.ev.*.*"), format!("{name}.un.*")],
        retention: RetentionPolicy::Limits,
        max_age: settings.max_age,
        max_bytes: i64::try_from(settings.max_bytes).unwrap_or(i64::MAX),
        duplicate_window: settings.duplicate_window,
        discard: DiscardPolicy::New,
        ..Config::default()
    }
}

/// The oldest go first here: a dead letter that came too early must not keep a later one out.
fn dead(settings: &Settings, name: &Group) -> Config {
    Config {
        name: format!("{name}-dead"),
        subjects: vec![dead_subject(name), format!("{ADVISORY}.{}.*", queue_name(name))],
        max_age: settings.max_age,
        max_bytes: i64::try_from(settings.max_bytes).unwrap_or(i64::MAX),
        duplicate_window: settings.duplicate_window,
        discard: DiscardPolicy::Old,
        ..Config::default()
    }
}

async fn create(line: &Line, context: &Context, config: Config) -> Result<Stream<()>, Fault> {
    let name = config.name.clone();
    match line.ask(CREATE, context.create_stream(config)).await? {
        Ok(_) => {}
        Err(error) => {
            return Err(match error.kind() {
                CreateStreamErrorKind::JetStream(said) if said.error_code() == ErrorCode::STREAM_NAME_EXIST => {
                    Fault::OtherSettings(name.into())
                }
                CreateStreamErrorKind::TimedOut => Fault::TimedOut { what: CREATE },
                _ => server(&error),
            });
        }
    }
    context.get_stream_no_info(&name).await.map_err(|error| server(&error))
}

/// The durable consumer of one partition.
pub(super) async fn consumer(shared: &Shared, partition: u16) -> Result<PullConsumer, Fault> {
    let Shared { settings, name, line, queue, .. } = shared;
    if partition >= settings.partitions {
        return Err(Fault::NoSuchPartition);
    }
    let lanes = (0..settings.lanes).filter(|lane| settings.partition_of(*lane) == partition);
    let durable = format!("p{partition}");
    let config = pull::Config {
        durable_name: Some(durable.clone()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: settings.ack_wait,
        max_deliver: settings.max_deliver.into(),
        max_ack_pending: settings.max_ack_pending.into(),
        filter_subjects: lanes.map(|lane| format!("{name}.ev.*.{lane}")).chain([unfenced_subject(name, partition)]).collect(),
        ..pull::Config::default()
    };
    line.ask(CREATE, queue.create_consumer_strict(config)).await?.map_err(|error| match error.kind() {
        ConsumerCreateStrictErrorKind::AlreadyExists => Fault::OtherSettings(format!("{}, consumer {durable}", queue_name(name)).into()),
        ConsumerCreateStrictErrorKind::TimedOut => Fault::TimedOut { what: CREATE },
        _ => server(&error),
    })
}
