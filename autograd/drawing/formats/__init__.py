"""Writers of drawings, a module for each format."""
