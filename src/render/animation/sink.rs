//! [`Sink`]: where the pictures of an animation go: to an encoder, on this thread or on another one.
//!
//! In: pictures and delays. Out: the encoded file, the same either way. Must not know where pictures
//! come from.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::error::{Error, Result, Stage};
use crate::limits::Budget;
use crate::render::encode::AnimationEncoder;
use crate::render::frame::Image;
use crate::threads::{Scope, ScopedJoinHandle, start};

/// The threads that a call may still start.
pub(super) struct Threads<'scope, 'env> {
    pub(super) scope: Option<&'scope Scope<'scope, 'env>>,
    pub(super) left: usize,
}

/// Takes the pictures of one output.
pub(super) enum Sink<'scope> {
    Here(Box<AnimationEncoder>),
    There(Remote<'scope>),
}

/// An encoder on a thread of its own.
pub(super) struct Remote<'scope> {
    messages: SyncSender<Message>,
    thread: ScopedJoinHandle<'scope, Result<Vec<u8>>>,
}

enum Message {
    Begin(Box<AnimationEncoder>),
    Add(Image, Duration),
    Extend(Duration),
    Finish,
}

/// Pictures that wait for the encoder.
const WAITING: usize = 1;

impl<'scope> Sink<'scope> {
    /// A sink on another thread if one is left.
    pub(super) fn new<'env: 'scope>(
        encoder: AnimationEncoder,
        threads: &mut Threads<'scope, 'env>,
        budget: &Budget<'env>,
    ) -> Self {
        let encoder = Box::new(encoder);
        let Some(scope) = threads.scope.filter(|_| threads.left > 0) else {
            return Self::Here(encoder);
        };
        let (messages, received) = sync_channel(WAITING);
        let shared = budget.share();
        let Some(thread) = start(scope, move || encode(&received, shared)) else {
            return Self::Here(encoder);
        };
        threads.left -= 1;
        // The thread waits for it.
        let _ = messages.send(Message::Begin(encoder));
        Self::There(Remote { messages, thread })
    }

    pub(super) fn add(&mut self, picture: Image, delay: Duration, budget: &mut Budget<'_>) -> Result<()> {
        match self {
            Self::Here(encoder) => encoder.add(picture, delay, budget),
            Self::There(remote) => {
                remote.send(Message::Add(picture, delay));
                Ok(())
            }
        }
    }

    /// Shows the last picture for another `delay`.
    pub(super) fn extend(&mut self, delay: Duration) {
        match self {
            Self::Here(encoder) => encoder.extend(delay),
            Self::There(remote) => remote.send(Message::Extend(delay)),
        }
    }

    /// Whether the encoder has stopped: [`Self::finish`] says why.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self, Self::There(Remote { thread, .. }) if thread.is_finished())
    }

    pub(super) fn finish(self, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
        match self {
            Self::Here(encoder) => encoder.finish(budget),
            Self::There(remote) => {
                remote.send(Message::Finish);
                let Remote { messages, thread } = remote;
                drop(messages);
                thread.join().map_err(|_| stopped())?
            }
        }
    }
}

impl Remote<'_> {
    /// An encoder that has failed receives nothing more; [`Sink::finish`] returns its error.
    fn send(&self, message: Message) {
        let _ = self.messages.send(message);
    }
}

fn stopped() -> Error {
    Error::internal(Stage::Encode, "the thread of an encoder stopped")
}

/// Runs an encoder until the last message.
fn encode(messages: &Receiver<Message>, mut budget: Budget<'_>) -> Result<Vec<u8>> {
    let Ok(Message::Begin(mut encoder)) = messages.recv() else { return Err(stopped()) };
    for message in messages {
        match message {
            Message::Begin(_) => return Err(stopped()),
            Message::Add(picture, delay) => encoder.add(picture, delay, &mut budget)?,
            Message::Extend(delay) => encoder.extend(delay),
            Message::Finish => return encoder.finish(&mut budget),
        }
    }
    // The call has failed elsewhere.
    Err(stopped())
}
