//! What the shipped content must be: manual, equipment and scenarios fit each other.
