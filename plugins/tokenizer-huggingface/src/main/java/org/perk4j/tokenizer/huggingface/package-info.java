/**
 * Tokenizers in Hugging Face's format.
 */
package org.perk4j.tokenizer.huggingface;
