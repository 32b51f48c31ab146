//! What must be true of a server, over real sockets: nobody who is gone harms anybody, and stopping leaves nobody hanging.

mod again;
mod bench;
mod gone;
mod stop;
