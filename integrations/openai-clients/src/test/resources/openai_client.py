"""Asks a service by OpenAI's own client, and prints a line for each thing that it got: URL MODEL QUESTION."""
import sys

import openai

url, model, question = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
asked = {"model": model, "messages": [{"role": "user", "content": question}], "max_tokens": 16}

print("models", ",".join(each.id for each in client.models.list()))
whole = client.chat.completions.create(**asked)
print("whole", whole.choices[0].message.content, whole.choices[0].finish_reason, whole.object)
assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens > 2, whole.usage

pieces, usage = [], None
for event in client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
    pieces += [choice.delta.content for choice in event.choices if choice.delta.content]
    usage = event.usage or usage
print("streamed", "".join(pieces), usage.completion_tokens == whole.usage.completion_tokens)

text = client.completions.create(model=model, prompt=question + "\nAnswer:", max_tokens=1)
print("text", text.object, text.choices[0].finish_reason)
try:
    client.chat.completions.create(**dict(asked, model="gpt-4"))
except openai.NotFoundError as error:
    print("unknown", error.status_code, error.code)
try:
    client.chat.completions.create(**asked, n=2)
except openai.BadRequestError as error:
    print("refused", error.status_code, error.param)
