package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perk4j.formats.Json;

/** The JSON object of a request. Its members are read one by one, so that each error names its member. */
final class Request {

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final int PART = 65_536;
    private static final int MOST_VALUES = 100_000;

    private final Map<String, Object> members;

    private Request(Map<String, Object> members) {
        this.members = members;
    }

    /**
     * Reads a JSON object; or, if the body is text/plain, makes an object of it, with the body as member {@code text} and
     * the URL's parameters as further members.
     *
     * @param most the most bytes that are read
     */
    static Request of(HttpServletRequest request, long most) throws ApiException, IOException {
        String body = body(request, most);
        if (isOfType(request, "text/plain")) {
            Map<String, Object> members = new LinkedHashMap<>();
            for (String name : Collections.list(request.getParameterNames())) {
                String value = request.getParameter(name);
                members.put(name, value.equals("true") || value.equals("false") ? (Object) Boolean.valueOf(value) : value);
            }
            members.put("text", body);
            return new Request(members);
        }
        requireFewValues(body);
        try {
            return new Request(Json.parseObject(body));
        } catch (IOException e) {
            throw ApiException.invalid(null, "the request's body: " + e.getMessage());
        }
    }

    /** A value may take a hundred times as much memory as its text. */
    private static void requireFewValues(String json) throws ApiException {
        int values = 0;
        boolean inString = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                inString = !inString;
            } else if (!inString && (c == ',' || c == '[' || c == '{')) {
                values++;
            }
        }
        if (values > MOST_VALUES) {
            throw ApiException.invalid(null, "the request's body has more than " + MOST_VALUES + " values");
        }
    }

    /** @return the whole body, which should be JSON, without a byte order mark */
    static String json(HttpServletRequest request, long most) throws ApiException, IOException {
        String json = body(request, most);
        requireFewValues(json);
        return json;
    }

    private static String body(HttpServletRequest request, long most) throws ApiException, IOException {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(request, most))).toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw ApiException.invalid(null, "the request's body is not UTF-8");
        }
    }

    /** @return whether the Content-Type is this one */
    static boolean isOfType(HttpServletRequest request, String type) {
        String given = request.getContentType();
        return given != null && given.split(";", 2)[0].strip().equalsIgnoreCase(type);
    }

    /**
     * @param most the most bytes that are read
     * @return the whole body
     */
    static byte[] bytes(HttpServletRequest request, long most) throws ApiException, IOException {
        if (request.getContentLengthLong() > most) {
            throw ApiException.tooLarge(most);
        }
        BodyRoom.Share room = BodyRoom.of(request);
        Body body = new Body(request);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part = body.readNBytes(PART); part.length > 0; part = body.readNBytes(PART)) {
            if (bytes.size() + part.length > most) {
                throw ApiException.tooLarge(most);
            }
            room.grow(part.length);
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    String text(String name) throws ApiException {
        return optionalText(name).orElseThrow(() -> ApiException.invalid(name, name + " is missing"));
    }

    Optional<String> optionalText(String name) throws ApiException {
        return member(name, String.class, "a string");
    }

    boolean flag(String name) throws ApiException {
        return optionalFlag(name).orElse(false);
    }

    Optional<Boolean> optionalFlag(String name) throws ApiException {
        return member(name, Boolean.class, "true or false");
    }

    double number(String name, double least, double most, double usual) throws ApiException {
        double value = member(name, Double.class, "a number").orElse(usual);
        if (!(value >= least && value <= most)) {
            throw ApiException.invalid(name, name + " must be between " + plain(least) + " and " + plain(most));
        }
        return value;
    }

    long whole(String name, long least, long most, long usual) throws ApiException {
        double value = number(name, least, most, usual);
        if (value != Math.rint(value)) {
            throw ApiException.invalid(name, name + " must be a whole number");
        }
        return (long) value;
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    /** @return the objects of a list */
    List<Request> objects(String name) throws ApiException {
        List<Request> objects = new ArrayList<>();
        for (Object element : member(name, List.class, "a list").orElse(List.of())) {
            if (!(element instanceof Map<?, ?> object)) {
                throw ApiException.invalid(name, name + " must be a list of objects");
            }
            @SuppressWarnings("unchecked") // JSON has no other keys
            Map<String, Object> members = (Map<String, Object>) object;
            objects.add(new Request(members));
        }
        return objects;
    }

    /** @return the strings of a member that is a string or a list of strings */
    List<String> texts(String name) throws ApiException {
        if (members.get(name) instanceof String one) {
            return List.of(one);
        }
        List<String> texts = new ArrayList<>();
        for (Object element : member(name, List.class, "a string or a list of strings").orElse(List.of())) {
            if (!(element instanceof String text)) {
                throw ApiException.invalid(name, name + " must be a string or a list of strings");
            }
            texts.add(text);
        }
        return texts;
    }

    Object plain(String name) {
        return members.get(name);
    }

    private <T> Optional<T> member(String name, Class<T> type, String what) throws ApiException {
        Object value = members.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw ApiException.invalid(name, name + " must be " + what);
        }
        return Optional.of(type.cast(value));
    }
}
