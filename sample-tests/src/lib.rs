//! Tests that a GekkoFS developer would recognise, and ten small files to learn from.
