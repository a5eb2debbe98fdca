"""What people look at: the contact sheets of collections."""
