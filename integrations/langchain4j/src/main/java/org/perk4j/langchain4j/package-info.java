/**
 * LangChain4j's interfaces for memories: the models {@link org.perk4j.langchain4j.MemoryChatModel} and
 * {@link org.perk4j.langchain4j.MemoryStreamingChatModel}, and a retriever that asks several memories,
 * {@link org.perk4j.langchain4j.MemoryContentRetriever}.
 */
package org.perk4j.langchain4j;
