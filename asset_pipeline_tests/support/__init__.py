"""What tests share: a project in a folder of its own, a sandbox served over HTTP, and specs to make."""
