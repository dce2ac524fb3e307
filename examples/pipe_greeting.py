"""A child prints dots until its parent greets it through a pipe; then it answers.

    python examples/pipe_greeting.py [seconds]

Both write to one screen. The parent writes slowly, letter by letter, and holds a lock: not one dot
gets into its words.
"""
import multiprocessing
import sys
import time

DOT_SECONDS, LETTER_SECONDS = 0.05, 0.02


def show(text):
    print(text, end="", flush=True)


def wait_for_greeting(pipe, screen):
    dots = 0
    while not pipe.poll(DOT_SECONDS):
        with screen:
            show(".")
        dots += 1
    greeting = pipe.recv()
    with screen:
        print(f"\nchild: {greeting!r} after {dots} dots", flush=True)
    pipe.send("good day to you")


def main(seconds):
    ours, theirs = multiprocessing.Pipe()
    screen = multiprocessing.Lock()
    child = multiprocessing.Process(target=wait_for_greeting, args=(theirs, screen))
    child.start()
    time.sleep(seconds / 2)
    with screen:
        for letter in " (one moment, please) ":
            show(letter)
            time.sleep(LETTER_SECONDS)
    time.sleep(seconds / 2)
    ours.send("hello")
    answer = ours.recv()
    child.join()
    print(f"parent: {answer!r}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
