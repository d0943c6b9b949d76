"""The pages, a module each: a struct, a function that makes it, and the handlers of its forms."""
