//! The call as pure rules: what to do with each event of signaling and media.
