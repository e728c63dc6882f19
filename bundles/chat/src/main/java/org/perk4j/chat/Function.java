package org.perk4j.chat;

import java.util.List;
import java.util.Map;

/** A value that can be called. */
@FunctionalInterface
interface Function {

    Object call(List<Object> arguments, Map<String, Object> named);
}
