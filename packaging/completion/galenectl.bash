# bash completion for galenectl

_galenectl_permissions='op present message observe caption admin'

_galenectl() {
    local cur prev command words i
    COMPREPLY=()
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    command=
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -server | --server | -config | --config | -admin-username | --admin-username | \
            -admin-password | --admin-password | -admin-token | --admin-token)
            ((i++))
            ;;
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done

    case $prev in
    -permissions | --permissions)
        mapfile -t COMPREPLY < <(compgen -W "$_galenectl_permissions" -- "$cur")
        return
        ;;
    -type | --type)
        mapfile -t COMPREPLY < <(compgen -W 'bcrypt pbkdf2 scrypt wildcard' -- "$cur")
        return
        ;;
    -config | --config)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    -data | --data)
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        return
        ;;
    -group | --group)
        mapfile -t COMPREPLY < <(compgen -W "$(galenectl list-groups 2>/dev/null </dev/null)" -- "$cur")
        return
        ;;
    esac

    case $command in
    '')
        words='-server -insecure -config -admin-username -admin-password -admin-token -version -help
            create-group create-token create-user delete-group delete-keys delete-password
            delete-token delete-user hash-password initial-setup list-groups list-tokens list-users
            revoke-token set-keys set-password show-group show-stats update-group update-token
            update-user'
        ;;
    create-group) words='-group -unrestricted-tokens -auto-subgroups -json -force' ;;
    update-group) words='-group -unrestricted-tokens -auto-subgroups -json' ;;
    delete-group) words='-group -if-match' ;;
    show-group | set-keys) words='-group' ;;
    delete-keys) words='-group -if-match' ;;
    list-groups) words='-json' ;;
    list-users | list-tokens) words='-group -l -json' ;;
    create-user) words='-group -user -wildcard -empty -permissions -json -force' ;;
    update-user) words='-group -user -wildcard -empty -permissions -json' ;;
    delete-user | delete-password) words='-group -user -wildcard -empty -if-match' ;;
    create-token) words='-group -user -permissions -include-subgroups -duration' ;;
    update-token) words='-group -token -user -permissions -include-subgroups -duration' ;;
    revoke-token) words='-group -token' ;;
    delete-token) words='-group -token -if-match' ;;
    hash-password)
        words='-password -password-stdin -type -cost -iterations -key -salt -N -r -p'
        ;;
    set-password)
        words='-group -user -wildcard -empty -password -password-stdin -type -cost -iterations -key
            -salt -N -r -p'
        ;;
    initial-setup) words='-config -data -token -password-stdin' ;;
    *) words= ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words${command:+ -help}" -- "$cur")
}

complete -F _galenectl galenectl
