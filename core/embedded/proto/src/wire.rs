//! Little-endian fields in a byte slice, without allocation.

/// A message did not fit the buffer it was to be written into, or its bytes are not such a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Writes fields one after the other into a borrowed buffer.
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> Writer<'b> {
    /// Starts at the beginning of `buffer`.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Writer { buffer, len: 0 }
    }

    /// Bytes written so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends `bytes` as they are.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let end = self.len.checked_add(bytes.len()).ok_or(Malformed)?;
        self.buffer
            .get_mut(self.len..end)
            .ok_or(Malformed)?
            .copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }
}

/// Reads fields one after the other from borrowed bytes.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes }
    }

    /// Takes the next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.bytes.split_at_checked(n).ok_or(Malformed)?;
        self.bytes = tail;
        Ok(head)
    }

    /// What has not been taken yet: the file content that follows a message.
    pub fn rest(self) -> &'a [u8] {
        self.bytes
    }
}

/// One value of a message.
pub trait Field<'a>: Sized {
    /// Appends the value.
    fn put(&self, out: &mut Writer<'_>) -> Result<(), Malformed>;
    /// Takes the value.
    fn take(input: &mut Reader<'a>) -> Result<Self, Malformed>;
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl Field<'_> for $int {
            fn put(&self, out: &mut Writer<'_>) -> Result<(), Malformed> {
                out.put(&self.to_le_bytes())
            }
            fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
                let bytes = input.take(size_of::<$int>())?;
                Ok(<$int>::from_le_bytes(bytes.try_into().map_err(|_| Malformed)?))
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 i32 i64);

impl Field<'_> for bool {
    fn put(&self, out: &mut Writer<'_>) -> Result<(), Malformed> {
        out.put(&[u8::from(*self)])
    }
    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match u8::take(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }
}

impl<'a> Field<'a> for &'a [u8] {
    fn put(&self, out: &mut Writer<'_>) -> Result<(), Malformed> {
        u32::try_from(self.len()).map_err(|_| Malformed)?.put(out)?;
        out.put(self)
    }
    fn take(input: &mut Reader<'a>) -> Result<Self, Malformed> {
        let len = u32::take(input)?;
        input.take(len as usize)
    }
}

/// A message that can be written into a buffer.
pub trait Encode {
    /// Appends all fields.
    fn encode(&self, out: &mut Writer<'_>) -> Result<(), Malformed>;
}

/// A reply without content.
impl Encode for () {
    fn encode(&self, _out: &mut Writer<'_>) -> Result<(), Malformed> {
        Ok(())
    }
}

/// Declares a message: a struct whose fields travel in the order in which they stand.
#[macro_export]
macro_rules! message {
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(<$life:lifetime>)? {
        $($(#[$field_meta:meta])* $field:ident: $ty:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis struct $name $(<$life>)? {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl $(<$life>)? $crate::wire::Encode for $name $(<$life>)? {
            fn encode(&self, out: &mut $crate::wire::Writer<'_>) -> Result<(), $crate::wire::Malformed> {
                $($crate::wire::Field::put(&self.$field, out)?;)*
                let _ = out;
                Ok(())
            }
        }

        $crate::message!(@field $name $(<$life>)? { $($field: $ty,)* });
    };
    (@field $name:ident<$life:lifetime> { $($field:ident: $ty:ty,)* }) => {
        impl<$life> $crate::wire::Field<$life> for $name<$life> {
            fn put(&self, out: &mut $crate::wire::Writer<'_>) -> Result<(), $crate::wire::Malformed> {
                $crate::wire::Encode::encode(self, out)
            }
            fn take(input: &mut $crate::wire::Reader<$life>) -> Result<Self, $crate::wire::Malformed> {
                Ok($name { $($field: $crate::wire::Field::take(input)?,)* })
            }
        }
        impl<$life> $name<$life> {
            /// Reads a body that holds this message and nothing else.
            pub fn decode(body: &$life [u8]) -> Result<Self, $crate::wire::Malformed> {
                let (message, rest) = Self::decode_with_data(body)?;
                if rest.is_empty() { Ok(message) } else { Err($crate::wire::Malformed) }
            }
            /// Reads a body that holds this message followed by file content.
            pub fn decode_with_data(body: &$life [u8]) -> Result<(Self, &$life [u8]), $crate::wire::Malformed> {
                let mut input = $crate::wire::Reader::new(body);
                let message = $crate::wire::Field::take(&mut input)?;
                Ok((message, input.rest()))
            }
        }
    };
    (@field $name:ident { $($field:ident: $ty:ty,)* }) => {
        impl<'a> $crate::wire::Field<'a> for $name {
            fn put(&self, out: &mut $crate::wire::Writer<'_>) -> Result<(), $crate::wire::Malformed> {
                $crate::wire::Encode::encode(self, out)
            }
            fn take(input: &mut $crate::wire::Reader<'a>) -> Result<Self, $crate::wire::Malformed> {
                let _ = &input;
                Ok($name { $($field: $crate::wire::Field::take(input)?,)* })
            }
        }
        impl $name {
            /// Reads a body that holds this message and nothing else.
            pub fn decode(body: &[u8]) -> Result<Self, $crate::wire::Malformed> {
                let (message, rest) = Self::decode_with_data(body)?;
                if rest.is_empty() { Ok(message) } else { Err($crate::wire::Malformed) }
            }
            /// Reads a body that holds this message followed by file content.
            pub fn decode_with_data(body: &[u8]) -> Result<(Self, &[u8]), $crate::wire::Malformed> {
                let mut input = $crate::wire::Reader::new(body);
                let message = $crate::wire::Field::take(&mut input)?;
                Ok((message, input.rest()))
            }
        }
    };
}
