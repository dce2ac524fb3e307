#!/bin/sh
# hzstat in tmux's status line: writes the line where status-left or status-right say #{hzstat}.
#
#     set -g status-right "#{hzstat} | %H:%M"
#     run-shell /path/to/hzstat.tmux
#
# In a folder of TPM's plugins, ~/.tmux/plugins/hzstat, it needs no run-shell. Set before, if wanted:
#
#     set -g @hzstat_options "--preset minimal --alarm cpu=80"    (default: none)
#     set -g @hzstat_command "/path/to/hzstat"                    (default: hzstat)
#
# A shell reads both: what has spaces in it wants quotes of its own.

set -eu

command=$(tmux show-option -gqv @hzstat_command)
options=$(tmux show-option -gqv @hzstat_options)
call="#(${command:-hzstat} line --tmux $options)"
mark='#{hzstat}'

for side in status-left status-right; do
    rest=$(tmux show-option -gqv "$side")
    shown=
    while case $rest in *"$mark"*) ;; *) false ;; esac; do
        shown=$shown${rest%%"$mark"*}$call
        rest=${rest#*"$mark"}
    done
    if [ -n "$shown" ]; then
        tmux set-option -g "$side" "$shown$rest"
    fi
done
