# bash completion for galenectl

# The lines of standard input that start with what was typed, quoted for the shell.
_galenectl_reply() {
    local typed=$1 name
    # bash replaces only what follows the last colon
    local kept=${typed%"${typed##*:}"}
    [[ $COMP_WORDBREAKS == *:* ]] || kept=
    while IFS= read -r name; do
        [[ $name == "$typed"* ]] || continue
        name=${name#"$kept"}
        COMPREPLY+=("$(printf '%q' "$name")")
    done
}

_galenectl() {
    local line=${COMP_LINE:0:COMP_POINT} command= group= flag= flags= current i at=1
    local -a words=() ask=()
    COMPREPLY=()
    # not COMP_WORDS, which is also split at : and =, as in URLs; a backslash keeps a blank
    # shellcheck disable=SC2162
    read -a words <<<"$line"
    [[ $line == *[!\\][[:blank:]] ]] && words+=('')

    while ((at < ${#words[@]} - 1)); do
        case ${words[at]} in
        -server | --server | -config | --config | -admin-username | --admin-username | \
            -admin-password | --admin-password | -admin-token | --admin-token)
            ((at += 2))
            ;;
        -*) ((at += 1)) ;;
        *)
            command=${words[at]}
            break
            ;;
        esac
    done
    ask=(timeout 3 "${words[@]:0:at}")
    for ((i = at + 1; i < ${#words[@]} - 1; i++)); do
        case ${words[i]} in
        -group | --group) group=${words[i + 1]} ;;
        -group=* | --group=*) group=${words[i]#*=} ;;
        esac
    done

    current=${words[-1]}
    flag=${words[-2]}
    if [[ $current == -*=* ]]; then
        flag=${current%%=*}
        current=${current#*=}
    fi
    [[ $flag == -* ]] || flag=
    case $command:-${flag##*-} in
    *:-permissions)
        mapfile -t COMPREPLY < <(compgen -W 'op present message observe caption admin' -- "$current")
        return
        ;;
    *:-type)
        mapfile -t COMPREPLY < <(compgen -W 'bcrypt pbkdf2 scrypt wildcard' -- "$current")
        return
        ;;
    *:-config)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    initial-setup:-data)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
        ;;
    create-group:-group) return ;;
    *:-group)
        _galenectl_reply "$current" < <("${ask[@]}" list-groups 2>/dev/null </dev/null)
        return
        ;;
    update-user:-user | delete-user:-user | set-password:-user | delete-password:-user)
        _galenectl_reply "$current" < <("${ask[@]}" list-users -group "$group" 2>/dev/null </dev/null)
        return
        ;;
    update-token:-token | revoke-token:-token | delete-token:-token)
        _galenectl_reply "$current" < <("${ask[@]}" list-tokens -group "$group" 2>/dev/null </dev/null)
        return
        ;;
    :-token | *:-server | *:-username | *:-password | *:-match | *:-duration | *:-user | *:-cost | \
        *:-iterations | *:-key | *:-salt | *:-N | *:-r | *:-p)
        return # only the person knows
        ;;
    esac

    case $command in
    '')
        flags='-server -insecure -config -admin-username -admin-password -admin-token -version -help
            create-group create-token create-user delete-group delete-keys delete-password
            delete-token delete-user hash-password initial-setup list-groups list-tokens list-users
            revoke-token set-keys set-password show-group show-stats update-group update-token
            update-user'
        ;;
    create-group) flags='-group -unrestricted-tokens -auto-subgroups -json -force' ;;
    update-group) flags='-group -unrestricted-tokens -auto-subgroups -json' ;;
    delete-group) flags='-group -if-match' ;;
    show-group | set-keys) flags='-group' ;;
    delete-keys) flags='-group -if-match' ;;
    list-groups) flags='-json' ;;
    list-users | list-tokens) flags='-group -l -json' ;;
    create-user) flags='-group -user -wildcard -empty -permissions -json -force' ;;
    update-user) flags='-group -user -wildcard -empty -permissions -json' ;;
    delete-user | delete-password) flags='-group -user -wildcard -empty -if-match' ;;
    create-token) flags='-group -user -permissions -include-subgroups -duration' ;;
    update-token) flags='-group -token -user -permissions -include-subgroups -duration' ;;
    revoke-token) flags='-group -token' ;;
    delete-token) flags='-group -token -if-match' ;;
    hash-password)
        flags='-password -password-stdin -type -cost -iterations -key -salt -N -r -p'
        ;;
    set-password)
        flags='-group -user -wildcard -empty -password -password-stdin -type -cost -iterations -key
            -salt -N -r -p'
        ;;
    initial-setup) flags='-config -data -token -password-stdin' ;;
    *) flags= ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$flags${command:+ -help}" -- "$current")
}

complete -F _galenectl galenectl
