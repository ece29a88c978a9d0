//! What people may ask of the house, and what it owes them.

mod register;
mod requests;
mod restriction;
mod retention;
mod security;
