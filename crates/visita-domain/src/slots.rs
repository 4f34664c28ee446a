//! From weekly rules to bookable slots, exact across daylight saving changes.
