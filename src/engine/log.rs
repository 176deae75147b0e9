//! The library's only voice: a sink the host gives. Without one nothing is said anywhere.

use std::fmt;
use std::sync::Arc;

/// How much a message matters. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum LogLevel {
    Error = 1,
    Warning = 2,
    Info = 3,
}

impl LogLevel {
    pub fn from_code(code: i32) -> Option<LogLevel> {
        [LogLevel::Error, LogLevel::Warning, LogLevel::Info].into_iter().find(|level| *level as i32 == code)
    }
}

/// Receives messages on the thread of the call that they are about.
pub trait LogSink: Send + Sync {
    fn log(&self, level: LogLevel, message: &str);
}

/// A sink with a threshold, or silence. Clones share the sink.
#[derive(Clone, Default)]
pub struct Log(Option<(LogLevel, Arc<dyn LogSink>)>);

impl Log {
    /// Passes on messages that matter at least as much as `level`.
    pub fn new(level: LogLevel, sink: Arc<dyn LogSink>) -> Self {
        Log(Some((level, sink)))
    }

    pub fn error(&self, message: fmt::Arguments<'_>) {
        self.write(LogLevel::Error, message);
    }

    pub fn warning(&self, message: fmt::Arguments<'_>) {
        self.write(LogLevel::Warning, message);
    }

    pub fn info(&self, message: fmt::Arguments<'_>) {
        self.write(LogLevel::Info, message);
    }

    fn write(&self, level: LogLevel, message: fmt::Arguments<'_>) {
        if let Some((threshold, sink)) = &self.0
            && level <= *threshold
        {
            sink.log(level, &message.to_string());
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threshold = self.0.as_ref().map(|(level, _)| level);
        formatter.debug_tuple("Log").field(&threshold).finish()
    }
}
