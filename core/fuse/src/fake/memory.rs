//! A server without a kernel: a test, or a fuzzer, speaks as one.

use zerocopy::FromBytes;

use super::FakeFuse;
use crate::abi::{InHeader, Opcode};
use crate::codec::{DecodeError, Reply, Request};
use crate::server::Device;

/// A request without a kernel has no readable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// This server has a kernel, which does the asking.
    #[error("this server is mounted: requests come from the kernel")]
    Mounted,
    /// None came.
    #[error("no answer came")]
    NoAnswer,
    /// What came is no reply to it.
    #[error("the answer cannot be read: {0}")]
    Decode(#[from] DecodeError),
}

impl FakeFuse {
    /// Asks a server that was [started without a kernel](crate::Builder::start_without_kernel).
    ///
    /// # Errors
    /// No answer came, or none that can be read.
    pub fn call(&self, request: &Request) -> Result<Reply, CallError> {
        let protocol = self.protocol();
        let answer = self.call_bytes(&request.encode(&protocol))?;
        Ok(Reply::decode(&answer, request, &protocol)?)
    }

    /// The same with any bytes.
    ///
    /// # Errors
    /// No answer came within the deadline.
    pub fn call_bytes(&self, request: &[u8]) -> Result<Vec<u8>, CallError> {
        let memory = self.memory.as_ref().ok_or(CallError::Mounted)?;
        let header =
            InHeader::read_from_prefix(request).map_or_else(|_| InHeader::default(), |(header, _)| header);
        let opcode = Opcode::from_number(header.opcode);
        let unanswered = opcode.is_some_and(|opcode| !opcode.needs_answer());
        let unique = header.unique;
        memory.ask(unique);
        self.shared.serve(request, &**memory as &dyn Device);
        let limit = if unanswered || request.len() < size_of::<InHeader>() {
            std::time::Duration::ZERO
        } else {
            2 * self.shared.lock().state.config.deadline
        };
        memory.answer(unique, limit).ok_or(CallError::NoAnswer)
    }

    /// What such a server told unasked.
    pub fn notifications(&self) -> Vec<Vec<u8>> {
        self.memory
            .as_ref()
            .map_or_else(Vec::new, |memory| memory.notifications())
    }
}
