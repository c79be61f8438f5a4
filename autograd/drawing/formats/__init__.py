"""Writers of drawings, one module for each format."""
