/**
 * LangChain4j's models over a memory: {@link org.perk4j.langchain4j.MemoryChatModel} and
 * {@link org.perk4j.langchain4j.MemoryStreamingChatModel}, and a retriever that asks several memories,
 * {@link org.perk4j.langchain4j.MemoryContentRetriever}.
 */
package org.perk4j.langchain4j;
