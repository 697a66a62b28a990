"""Upload, check, keep and hand out files, to those alone who may have them."""
